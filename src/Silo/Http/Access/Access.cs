using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Silo.Http.Access;

/// <summary>
/// Who may. Where a server has a token, every endpoint wants it unless a line opens that endpoint: as a bearer token, or from a browser as a session that was
/// begun with it. One token for everything.
/// </summary>
internal static class Access
{
    private const string Scheme = "Bearer ";
    private const string Cookie = "orchestrator_session";
    private static readonly TimeSpan SessionLength = TimeSpan.FromHours(12);

    /// <summary>Everybody may ask this.</summary>
    public static T Open<T>(this T endpoint) where T : IEndpointConventionBuilder => endpoint.WithMetadata(OpenToAll.Instance);

    /// <summary>Closes what is not open.</summary>
    public static void UseAccess(this IApplicationBuilder app, HttpAccess access, TimeProvider time) => app.Use(async (context, next) =>
    {
        if (access.Token is not { } token || context.GetEndpoint()?.Metadata.GetMetadata<OpenToAll>() is not null || IsGood(context.Request, token, time))
        {
            await next(context);
            return;
        }
        await TypedResults.Problem(
            "Send the header 'Authorization: Bearer TOKEN'; the command line does with --token-file or ORCHESTRATOR_TOKEN.",
            statusCode: StatusCodes.Status401Unauthorized, title: "A token is needed").ExecuteAsync(context);
    });

    /// <summary>Sessions of browsers: begun with the token, kept in a cookie that no script reads and no other site sends.</summary>
    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var session = routes.MapGroup("/session").WithTags("Session").Open();
        session.MapRead("/", Ok<Session> (HttpRequest request, HttpAccess access, TimeProvider time) =>
            TypedResults.Ok(new Session(access.Token is not null, access.Token is not { } token || IsGood(request, token, time))));
        session.MapPost("/", Results<NoContent, ProblemHttpResult> (SessionRequest body, HttpResponse response, HttpAccess access, TimeProvider time) =>
        {
            if (access.Token is not { } token)
            {
                return TypedResults.NoContent();
            }
            if (body.Token is null || !Same(body.Token.Trim(), token))
            {
                return TypedResults.Problem("This is not the server's token.", statusCode: StatusCodes.Status401Unauthorized, title: "A token is needed");
            }
            response.Cookies.Append(Cookie, Sign(token, time.GetUtcNow() + SessionLength), new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = SessionLength, Secure = response.HttpContext.Request.IsHttps });
            return TypedResults.NoContent();
        });
        session.MapDelete("/", NoContent (HttpResponse response) =>
        {
            response.Cookies.Delete(Cookie);
            return TypedResults.NoContent();
        });
    }

    private static bool IsGood(HttpRequest request, string token, TimeProvider time)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? Same(header[Scheme.Length..].Trim(), token)
            : request.Cookies[Cookie] is { } cookie && cookie.Split('.') is [var until, _] && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                && time.GetUtcNow().ToUnixTimeSeconds() < seconds && Same(cookie, Sign(token, DateTimeOffset.FromUnixTimeSeconds(seconds)));
    }

    /// <summary>A session is its end and a signature by the token: every silo knows it, and another token ends all of them.</summary>
    private static string Sign(string token, DateTimeOffset until)
    {
        var end = until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"{end}.{Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes("session " + end)))}";
    }

    // Hashes are of one length, so that the comparison tells nothing about the token.
    private static bool Same(string given, string expected) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));

    private sealed class OpenToAll
    {
        public static OpenToAll Instance { get; } = new();
    }
}
