using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Orchestrator.Silo.Http.Access;

/// <summary>
/// Keeps web pages of others from using a server through the browser of somebody who may use it. A server that only this machine
/// reaches answers to names of this machine alone, because any other name may have been pointed at it (DNS rebinding); and no server
/// takes from a page of another origin what changes something.
/// </summary>
internal static class ForeignPages
{
    public static void RefuseForeignPages(this IApplicationBuilder app, HttpAccess access) => app.Use(async (context, next) =>
    {
        if (Refusal(context.Request, access) is { } reason && !context.Request.Path.StartsWithSegments("/health"))
        {
            await TypedResults.Problem(reason, statusCode: StatusCodes.Status403Forbidden, title: "Not for this page").ExecuteAsync(context);
            return;
        }
        await next(context);
    });

    private static string? Refusal(HttpRequest request, HttpAccess access)
    {
        if (access.IsLocal && !IsOwn(request.Host.Host, access))
        {
            return $"This server answers to {access.Listen.Host}, localhost and loopback addresses, not to '{request.Host.Host}'. Ask it by one of these names.";
        }
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
        {
            return null;
        }
        var foreign = request.Headers.Origin.Any(origin => !IsSame(origin, request)) || request.Headers["Sec-Fetch-Site"].Any(IsOtherSite);
        return foreign ? "A page of another origin may not change anything here. Use the command line, or a page of this server." : null;
    }

    private static bool IsOtherSite(string? site) =>
        site is not null && (site.Equals("cross-site", StringComparison.OrdinalIgnoreCase) || site.Equals("same-site", StringComparison.OrdinalIgnoreCase));

    private static bool IsOwn(string host, HttpAccess access) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.Equals(access.Listen.Host, StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);

    private static bool IsSame(string? origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && page.Scheme == request.Scheme
        && page.Authority.Equals(HostAndPort(request), StringComparison.OrdinalIgnoreCase);

    private static string HostAndPort(HttpRequest request) => request.Host.Port is null or 80 ? request.Host.Host : $"{request.Host.Host}:{request.Host.Port}";
}
