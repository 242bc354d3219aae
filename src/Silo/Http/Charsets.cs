using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Orchestrator.Silo.Http;

/// <summary>A body in a character set that nobody knows is the client's mistake; whoever reads the body would take it for the server's.</summary>
internal static class Charsets
{
    public static void RefuseUnknownCharsets(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) && type.Charset.HasValue && !IsKnown(type.Charset.Value))
        {
            await TypedResults.Problem(
                $"The character set '{type.Charset}' is not known: send JSON as UTF-8.", statusCode: StatusCodes.Status415UnsupportedMediaType, title: "Unsupported Media Type").ExecuteAsync(context);
            return;
        }
        await next(context);
    });

    private static bool IsKnown(string charset)
    {
        try
        {
            return Encoding.GetEncoding(charset.Trim('"')) is not null;
        }
        catch (Exception unknown) when (unknown is ArgumentException or NotSupportedException) // of no such name, or one that is not safe to read
        {
            return false;
        }
    }
}
