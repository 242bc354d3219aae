using Orchestrator.Cli.Output;
using Orchestrator.Client;
using Orchestrator.Contracts.Api;
using Orchestrator.Platform.Files;
using Orchestrator.Specification;

namespace Orchestrator.Cli.Sweeps;

/// <summary>A submission with the text files it needs.</summary>
internal static class Submission
{
    /// <summary>Uploads what the server does not have yet, then submits; says what an existing sweep keeps though the file asks for something else.</summary>
    public static async Task<SubmitResult> Send(OrchestratorClient client, LoadedSweep sweep, Terminal terminal, CancellationToken cancellation)
    {
        foreach (var file in sweep.Files.DistinctBy(file => file.Sha256))
        {
            if (!await client.HasFile(file.Sha256, cancellation))
            {
                await using var content = UserFile.OpenText(file.Path, Limits.TextBytes);
                await client.UploadFile(file.Sha256, content, cancellation);
            }
        }
        var submitted = await client.Submit(sweep.Document, cancellation);
        foreach (var setting in submitted.Kept ?? [])
        {
            terminal.Note($"the sweep exists already and keeps {setting.Key}: {setting.Kept ?? "not given"} (the file says {setting.Asked ?? "nothing"})");
        }
        if (submitted.Kept is not null)
        {
            terminal.Note("such settings hold as they were first submitted; to have others, submit the file under another name: completed runs are taken over, not trained again");
        }
        return submitted;
    }
}
