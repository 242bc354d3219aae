using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Silo.Http.Access;

/// <summary>
/// Keeps web pages of others from using a server through the browser of somebody who may use it. A server that only this machine
/// reaches answers to names of this machine alone, because any other name may have been pointed at it (DNS rebinding); and no server
/// answers a page of another origin, which could not read what it gets but can make the server work. A link to one of the dashboard's
/// views may stand anywhere. Programs that are no browsers say nothing of pages, and are asked nothing.
/// </summary>
internal static class ForeignPages
{
    public static void RefuseForeignPages(this IApplicationBuilder app, HttpAccess access, ILogger audit) => app.Use(async (context, next) =>
    {
        if (Refusal(context.Request, access) is { } reason && !context.Request.Path.StartsWithSegments("/health"))
        {
            Audit.Refused(audit, context, "a page", StatusCodes.Status403Forbidden, reason);
            await TypedResults.Problem(reason, statusCode: StatusCodes.Status403Forbidden, title: "Not for this page").ExecuteAsync(context);
            return;
        }
        await next(context);
    });

    private static string? Refusal(HttpRequest request, HttpAccess access)
    {
        if (access.IsLocal && !IsOwn(request.Host.Host, access))
        {
            return $"This server answers to {access.Listen.Host}, localhost and loopback addresses, not to '{request.Host.Host}'. Ask it by one of these names, or start it with --public-url where a proxy has another.";
        }
        var foreign = request.Headers.Origin.Any(origin => !IsSame(origin, request, access)) || request.Headers["Sec-Fetch-Site"].Any(IsOtherSite) && !FollowsLink(request);
        return foreign ? "A page of another origin may neither read nor change anything here. Use the command line, or a page of this server." : null;
    }

    /// <summary>Whether somebody follows a link to a view: what is asked for is shown as a page of its own.</summary>
    private static bool FollowsLink(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && request.Headers["Sec-Fetch-Mode"] == "navigate" && request.Headers["Sec-Fetch-Dest"] == "document"
        && !request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) && !request.Path.StartsWithSegments("/mcp", StringComparison.OrdinalIgnoreCase);

    private static bool IsOtherSite(string? site) =>
        site is not null && (site.Equals("cross-site", StringComparison.OrdinalIgnoreCase) || site.Equals("same-site", StringComparison.OrdinalIgnoreCase));

    private static bool IsOwn(string host, HttpAccess access) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.Equals(access.Listen.Host, StringComparison.OrdinalIgnoreCase)
        || host.Equals(access.Public?.Host, StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);

    private static bool IsSame(string? origin, HttpRequest request, HttpAccess access) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && (IsAt(page, request.Scheme, HostAndPort(request)) || access.Public is { } known && IsAt(page, known.Scheme, known.Authority));

    private static bool IsAt(Uri page, string scheme, string authority) => page.Scheme == scheme && page.Authority.Equals(authority, StringComparison.OrdinalIgnoreCase);

    private static string HostAndPort(HttpRequest request) => request.Host.Port is null or 80 ? request.Host.Host : $"{request.Host.Host}:{request.Host.Port}";
}
