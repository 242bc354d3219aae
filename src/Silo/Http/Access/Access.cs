using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Silo.Http.Access;

/// <summary>
/// Who may. Where a server has tokens, every endpoint wants one unless a line opens that endpoint: as a bearer token, or from a browser as a session that was
/// begun with it. What reads wants the scope <c>read</c>, everything else <c>submit</c>. Who changed something is written down.
/// </summary>
internal static partial class Access
{
    private const string Scheme = "Bearer ";
    private const string Cookie = "orchestrator_session";
    private static readonly TimeSpan SessionLength = TimeSpan.FromHours(12);

    /// <summary>A token that was shown: whose it is, what it allows, and what its sessions are signed with.</summary>
    private sealed record Grant(string Name, TokenScope Scope, string Key);

    /// <summary>Everybody may ask this.</summary>
    public static T Open<T>(this T endpoint) where T : IEndpointConventionBuilder => endpoint.WithMetadata(OpenToAll.Instance);

    /// <summary>What it takes to ask this, where it is not what its method says.</summary>
    public static T Needs<T>(this T endpoint, TokenScope scope) where T : IEndpointConventionBuilder => endpoint.WithMetadata(new Needed(scope));

    /// <summary>Closes what is not open.</summary>
    public static void UseAccess(this IApplicationBuilder app, HttpAccess access, TimeProvider time, ILogger audit) => app.Use(async (context, next) =>
    {
        var (request, endpoint) = (context.Request, context.GetEndpoint());
        var isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        var needed = endpoint?.Metadata.GetMetadata<Needed>()?.Scope ?? (isRead ? TokenScope.Read : TokenScope.Submit);
        Grant? grant = null;
        if (!access.IsOpen && endpoint?.Metadata.GetMetadata<OpenToAll>() is null)
        {
            grant = GrantOf(request, access, time);
            if (grant is null || grant.Scope < needed)
            {
                await Refused(grant, needed).ExecuteAsync(context);
                return;
            }
        }
        await next(context);
        if (needed > TokenScope.Read)
        {
            Changed(audit, grant is null ? "anybody" : grant.Name.Length == 0 ? "the token" : $"token {grant.Name}", context.Connection.RemoteIpAddress?.ToString(), request.Method, request.Path, context.Response.StatusCode);
        }
    });

    /// <summary>Sessions of browsers: begun with a token, kept in a cookie that no script reads and no other site sends.</summary>
    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var session = routes.MapGroup("/session").WithTags("Session").Open();
        session.MapRead("/", Ok<Session> (HttpRequest request, HttpAccess access, TimeProvider time) =>
            TypedResults.Ok(new Session(!access.IsOpen, access.IsOpen || GrantOf(request, access, time) is not null)));
        session.MapPost("/", Results<NoContent, ProblemHttpResult> (SessionRequest body, HttpResponse response, HttpAccess access, TimeProvider time) =>
        {
            if (access.IsOpen)
            {
                return TypedResults.NoContent();
            }
            if (body.Token is null || GrantOf(body.Token.Trim(), access) is not { } grant)
            {
                return TypedResults.Problem("This is no token of the server.", statusCode: StatusCodes.Status401Unauthorized, title: "A token is needed");
            }
            response.Cookies.Append(Cookie, Sign(grant, time.GetUtcNow() + SessionLength), new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = SessionLength, Secure = response.HttpContext.Request.IsHttps });
            return TypedResults.NoContent();
        });
        session.MapDelete("/", NoContent (HttpResponse response) =>
        {
            response.Cookies.Delete(Cookie);
            return TypedResults.NoContent();
        });
    }

    private static ProblemHttpResult Refused(Grant? grant, TokenScope needed) => grant is null
        ? TypedResults.Problem(
            "Send the header 'Authorization: Bearer TOKEN'; the command line does with --token-file or ORCHESTRATOR_TOKEN.", statusCode: StatusCodes.Status401Unauthorized, title: "A token is needed")
        : TypedResults.Problem(
            $"The token '{grant.Name}' has the scope {Json.Name(grant.Scope)}, and this takes {Json.Name(needed)}: './orchestrator token create NAME --scope {Json.Name(needed)}' makes one that may.",
            statusCode: StatusCodes.Status403Forbidden, title: "The token does not allow this");

    private static Grant? GrantOf(HttpRequest request, HttpAccess access, TimeProvider time)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return GrantOf(header[Scheme.Length..].Trim(), access);
        }
        return request.Cookies[Cookie] is { } cookie && cookie.Split('.') is [var until, var name, _] && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds() && time.GetUtcNow().ToUnixTimeSeconds() < seconds
            && Named(name, access) is { } grant && Same(cookie, Sign(grant, DateTimeOffset.FromUnixTimeSeconds(seconds)))
            ? grant
            : null;
    }

    private static Grant? GrantOf(string token, HttpAccess access) =>
        access.Token is { } only && Same(token, only) ? new Grant("", TokenScope.Admin, TokenBook.Hash(only))
        : access.Tokens?.Find(token) is { } entry ? new Grant(entry.Name, entry.Scope, entry.Sha256)
        : null;

    private static Grant? Named(string name, HttpAccess access) =>
        name.Length == 0 ? access.Token is { } only ? new Grant("", TokenScope.Admin, TokenBook.Hash(only)) : null
        : access.Tokens?.Entries().FirstOrDefault(entry => entry.Name == name) is { } entry ? new Grant(entry.Name, entry.Scope, entry.Sha256)
        : null;

    /// <summary>A session is its end, its token's name and a signature by that token: every silo knows it, nothing is stored, and it ends with the token.</summary>
    private static string Sign(Grant grant, DateTimeOffset until)
    {
        var said = $"{until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}.{grant.Name}";
        return $"{said}.{Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(grant.Key), Encoding.UTF8.GetBytes("session " + said)))}";
    }

    // Hashes are of one length, so that the comparison tells nothing about the token.
    private static bool Same(string given, string expected) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));

    [LoggerMessage(1, LogLevel.Information, "{Who} at {Address}: {Method} {Path} was answered with {Status}")]
    private static partial void Changed(ILogger log, string who, string? address, string method, string path, int status);

    private sealed class OpenToAll
    {
        public static OpenToAll Instance { get; } = new();
    }

    private sealed record Needed(TokenScope Scope);
}
