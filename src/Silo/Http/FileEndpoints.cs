using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Silo.Http;

/// <summary>Text files of sweeps, uploaded by content hash. The server never opens a path from a request.</summary>
internal static class FileEndpoints
{
    private const long MostBytes = 1L << 30;

    public static void MapFiles(this IEndpointRouteBuilder routes)
    {
        var files = routes.MapGroup("/files").WithTags("Files");
        files.MapMethods("/{sha256:regex(^[0-9a-f]{{64}}$)}", [HttpMethods.Head], Exists);
        files.MapPut("/{sha256}", Upload);
    }

    /// <summary>Whether a text file is here.</summary>
    internal static async Task<Results<Ok, NotFound>> Exists(string sha256, IArtifactStore artifacts, CancellationToken cancellation) =>
        await artifacts.Exists(sha256, cancellation) ? TypedResults.Ok() : TypedResults.NotFound();

    /// <summary>Uploads a text file under its SHA-256, for sweeps that name it.</summary>
    internal static async Task<Results<Ok, ProblemHttpResult>> Upload(string sha256, HttpRequest request, IArtifactStore artifacts, CancellationToken cancellation)
    {
        request.HttpContext.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MostBytes; // refuses what is longer: 413
        await using var content = Temporary();
        await request.Body.CopyToAsync(content, cancellation);
        content.Position = 0;
        var actual = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation));
        if (actual != sha256)
        {
            return Problems.Wrong($"The content's SHA-256 is {actual}, not {sha256}: send the bytes that the name was made from.");
        }
        await artifacts.Put(content, cancellation);
        return TypedResults.Ok();
    }

    /// <summary>A file that goes when it is closed: texts are long, and several come at once.</summary>
    private static FileStream Temporary() => new(
        Path.Combine(Path.GetTempPath(), $"orchestrator-upload-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
}
