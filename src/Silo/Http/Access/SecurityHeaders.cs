using Microsoft.AspNetCore.Builder;

namespace Orchestrator.Silo.Http.Access;

/// <summary>What a browser may do with an answer: nothing from elsewhere is loaded or run, and nobody shows it in a frame.</summary>
internal static class SecurityHeaders
{
    /// <summary>Where the reference of the API is, which comes with a script in the page itself.</summary>
    public const string Reference = "/reference";

    private const string Policy = "default-src 'none'; connect-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; ";

    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy + (context.Request.Path.StartsWithSegments(Reference, StringComparison.OrdinalIgnoreCase) ? "script-src 'self' 'unsafe-inline'" : "script-src 'self'");
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        await next(context);
    });
}
