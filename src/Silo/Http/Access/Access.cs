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
internal static class Access
{
    /// <summary>The name of a session's cookie.</summary>
    public const string Cookie = "orchestrator_session";

    private const string Scheme = "Bearer ";
    private static readonly object Asker = new(); // where a request keeps whose it is

    /// <summary>Everybody may ask this.</summary>
    public static T Open<T>(this T endpoint) where T : IEndpointConventionBuilder => endpoint.WithMetadata(OpenToAll.Instance);

    /// <summary>What it takes to ask this, where it is not what its method says.</summary>
    public static T Needs<T>(this T endpoint, TokenScope scope) where T : IEndpointConventionBuilder => endpoint.WithMetadata(new Needed(scope));

    /// <summary>Whether who asks may still read: asked again by what goes on after its request was let in.</summary>
    public static bool MayRead(HttpRequest request, HttpAccess access, SessionBook sessions) => access.IsOpen || GrantOf(request, access, sessions) is not null;

    /// <summary>Closes what is not open.</summary>
    public static void UseAccess(this IApplicationBuilder app, HttpAccess access, SessionBook sessions, ILogger audit) => app.Use(async (context, next) =>
    {
        var (request, endpoint) = (context.Request, context.GetEndpoint());
        var isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        var needed = endpoint?.Metadata.GetMetadata<Needed>()?.Scope ?? (isRead ? TokenScope.Read : TokenScope.Submit);
        if (!access.IsOpen && endpoint?.Metadata.GetMetadata<OpenToAll>() is null)
        {
            var grant = GrantOf(request, access, sessions);
            context.Items[Asker] = grant;
            if (grant is null || grant.Scope < needed)
            {
                var refused = Refused(context.Response, grant, needed);
                Audit.Refused(audit, context, Who(context), refused.StatusCode, grant is null ? "no token of this server" : $"it allows {Json.Name(grant.Scope)}, and this takes {Json.Name(needed)}");
                await refused.ExecuteAsync(context);
                return;
            }
        }
        await next(context);
        if (context.Response.StatusCode is StatusCodes.Status401Unauthorized)
        {
            Audit.Refused(audit, context, Who(context), context.Response.StatusCode, "no token of this server");
        }
        else if (needed > TokenScope.Read)
        {
            Audit.Changed(audit, context, Who(context));
        }
    });

    /// <summary>Sessions of browsers: begun with a token, kept in a cookie that no script reads and no other site sends.</summary>
    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var session = routes.MapGroup("/session").WithTags("Session").Open();
        session.MapRead("/", Ok<Session> (HttpRequest request, HttpAccess access, SessionBook sessions) =>
            TypedResults.Ok(new Session(!access.IsOpen, access.IsOpen || GrantOf(request, access, sessions) is not null))).WithSummary("Whether a token is needed, and whether this browser is signed in.");
        session.MapPost("/", Results<NoContent, ProblemHttpResult> (SessionRequest body, HttpResponse response, HttpAccess access, SessionBook sessions) =>
        {
            if (access.IsOpen)
            {
                return TypedResults.NoContent();
            }
            if (body.Token is null || GrantOf(body.Token.Trim(), access) is not { } grant)
            {
                return Unknown(response, "This is no token of the server.");
            }
            response.HttpContext.Items[Asker] = grant;
            var secure = response.HttpContext.Request.IsHttps || access.Public?.Scheme == Uri.UriSchemeHttps;
            response.Cookies.Append(Cookie, sessions.Begin(grant), new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = SessionBook.Length, Secure = secure });
            return TypedResults.NoContent();
        }).WithSummary("Signs a browser in with a token: its session is a cookie that no script reads.");
        session.MapDelete("/", NoContent (HttpRequest request, HttpResponse response, SessionBook sessions) =>
        {
            if (request.Cookies[Cookie] is { } cookie)
            {
                request.HttpContext.Items[Asker] = sessions.Find(cookie);
                sessions.End(cookie);
            }
            response.Cookies.Delete(Cookie);
            return TypedResults.NoContent();
        }).WithSummary("Signs a browser out.");
    }

    // Hashes are of one length, so that the comparison tells nothing about the token.
    internal static bool Same(string given, string expected) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));

    private static string Who(HttpContext context) => (context.Items[Asker] as Grant)?.Who ?? "anybody";

    private static ProblemHttpResult Refused(HttpResponse response, Grant? grant, TokenScope needed) => grant is null
        ? Unknown(response, "Send the header 'Authorization: Bearer TOKEN'; the command line does with --token-file or ORCHESTRATOR_TOKEN.")
        : TypedResults.Problem(
            $"The token '{grant.Name}' has the scope {Json.Name(grant.Scope)}, and this takes {Json.Name(needed)}: './orchestrator token create NAME --scope {Json.Name(needed)}' makes one that may.",
            statusCode: StatusCodes.Status403Forbidden, title: "The token does not allow this");

    private static ProblemHttpResult Unknown(HttpResponse response, string detail)
    {
        response.Headers.WWWAuthenticate = Scheme.TrimEnd();
        return TypedResults.Problem(detail, statusCode: StatusCodes.Status401Unauthorized, title: "A token is needed");
    }

    private static Grant? GrantOf(HttpRequest request, HttpAccess access, SessionBook sessions)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? GrantOf(header[Scheme.Length..].Trim(), access)
            : request.Cookies[Cookie] is { } cookie ? sessions.Find(cookie)
            : null;
    }

    private static Grant? GrantOf(string token, HttpAccess access) =>
        access.Token is { } only && Same(token, only) ? new Grant("", TokenScope.Admin, TokenBook.Hash(only))
        : access.Tokens?.Find(token) is { } entry ? new Grant(entry.Name, entry.Scope, entry.Sha256)
        : null;

    private sealed record Needed(TokenScope Scope);
}

/// <summary>Marks an endpoint that everybody may ask.</summary>
internal sealed class OpenToAll
{
    public static OpenToAll Instance { get; } = new();
}
