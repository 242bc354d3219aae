using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Orchestrator.Silo.Http.Access;

namespace Orchestrator.Silo.Http.Page;

/// <summary>The dashboard: files that were built into this program. Every address that is no file and not below one of the server's own is one of its views.</summary>
internal static class PageEndpoints
{
    private const string Prefix = "page/";
    private const string Index = "index.html";

    /// <summary>What begins no view: a program that mistypes an address gets no page, and routing says what is wrong with a request that only nearly fits.</summary>
    private static readonly PathString[] Others = ["/api", "/mcp", "/metrics", "/health", "/openapi", "/assets", SecurityHeaders.Reference];

    private sealed record PageFile(byte[] Content, byte[] Packed, string Type, bool Immutable);

    private static readonly Lazy<FrozenDictionary<string, PageFile>> Files = new(Load);

    /// <summary>Answers with the page where nothing else is. Not a route: one that takes every address would take what routing refuses (405, 415).</summary>
    public static void UsePage(this IApplicationBuilder app)
    {
        var page = new Endpoint(context => Send(context, Index), new EndpointMetadataCollection(OpenToAll.Instance), "the page");
        app.Use((context, next) =>
        {
            if (context.GetEndpoint() is null && !Others.Any(other => context.Request.Path.StartsWithSegments(other, StringComparison.OrdinalIgnoreCase)))
            {
                context.SetEndpoint(page);
            }
            return next(context);
        });
    }

    public static void MapPageFiles(this IEndpointRouteBuilder routes) =>
        routes.MapMethods("/assets/{*path}", [HttpMethods.Get, HttpMethods.Head], (HttpContext context, string path) => Send(context, "assets/" + path)).ExcludeFromDescription().Open();

    private static async Task Send(HttpContext context, string name)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = "GET, HEAD";
            return;
        }
        if (!Files.Value.TryGetValue(name, out var file))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        var headers = context.Response.Headers;
        headers.CacheControl = file.Immutable ? "public, max-age=31536000, immutable" : "no-cache";
        headers.Vary = HeaderNames.AcceptEncoding;
        context.Response.ContentType = file.Type;
        var packed = context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);
        if (packed)
        {
            headers.ContentEncoding = "gzip";
        }
        var content = packed ? file.Packed : file.Content;
        context.Response.ContentLength = content.Length;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        }
    }

    private static FrozenDictionary<string, PageFile> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenDictionary(name => name[Prefix.Length..].Replace('\\', '/'), name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var content = new MemoryStream();
            stream.CopyTo(content);
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            {
                gzip.Write(content.GetBuffer(), 0, (int)content.Length);
            }
            return new PageFile(content.ToArray(), packed.ToArray(), Type(name), name.Contains("assets", StringComparison.Ordinal));
        });
    }

    private static string Type(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
}
