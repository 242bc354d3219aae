using Orchestrator.Client;
using Orchestrator.Contracts.Api;
using Orchestrator.Platform.Files;
using Orchestrator.Specification;

namespace Orchestrator.Cli.Sweeps;

/// <summary>A submission with the text files it needs.</summary>
internal static class Submission
{
    /// <summary>Uploads what the server does not have yet, then submits.</summary>
    public static async Task<SubmitResult> Send(OrchestratorClient client, LoadedSweep sweep, CancellationToken cancellation)
    {
        foreach (var file in sweep.Files.DistinctBy(file => file.Sha256))
        {
            if (!await client.HasFile(file.Sha256, cancellation))
            {
                await using var content = UserFile.OpenText(file.Path, Limits.TextBytes);
                await client.UploadFile(file.Sha256, content, cancellation);
            }
        }
        return await client.Submit(sweep.Document, cancellation);
    }
}
