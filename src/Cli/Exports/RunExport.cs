using System.Globalization;
using System.Security.Cryptography;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Client;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Analysis;
using Orchestrator.Kernels.Data;
using Orchestrator.Kernels.Measures;
using Orchestrator.Kernels.Weights;

namespace Orchestrator.Cli.Exports;

/// <summary>
/// Writes snapshots of a run so that <c>analyze</c> takes them as they are and finds the numbers that the sweep stored: weights
/// as the sweep keeps them, TransformerLens' configuration beside each, and the sequences that the sweep measured on.
/// </summary>
internal sealed class RunExport(OrchestratorClient client)
{
    private const string Tokens = "tokens.json";

    /// <summary>Exports the snapshots; those that <paramref name="folder"/> already holds are kept and listed too.</summary>
    public async Task<ExportedRun> Write(RunDetail run, IReadOnlyList<RunSnapshot> snapshots, ExportFolder folder, CancellationToken cancellation)
    {
        if (run.Config is not { Model: ModelConfiguration model, Data: DataConfiguration data })
        {
            throw new CliException(ExitCode.Usage, $"run {run.Id} is a toy model without tokens, which analyze cannot read: its numbers are in 'sweep show {run.Sweep}'");
        }
        var tokens = TokenBatches.Write((await Evaluation(run.Id, model, data, cancellation)).Batches);
        var config = TransformerLensConfiguration.From(model, data.Vocab).ToJson();
        var files = snapshots.Select(snapshot => new ExportedSnapshot(snapshot.Step, $"step-{snapshot.Step:D6}.safetensors", snapshot.WeightsHash)).ToList();
        var (tokensHash, configHash) = (Hash(tokens), Hash(config));
        var before = await folder.Open(run.Id, [Tokens, .. files.SelectMany(file => new[] { file.File, Beside(file) })], cancellation);
        await Check(folder, files, tokensHash, configHash, cancellation);
        foreach (var file in files)
        {
            await folder.Write(file.File, file.WeightsHash, stream => client.DownloadArtifact(run.Id, file.WeightsHash, stream, cancellation), cancellation);
            await folder.Write(Beside(file), configHash, Bytes(config, cancellation), cancellation);
        }
        await folder.Write(Tokens, tokensHash, Bytes(tokens, cancellation), cancellation);
        var exported = new ExportedRun(
            run.Id, run.Sweep, run.State, run.Steps, Versions.Trainer, Versions.Metrics, run.Config, tokensHash, configHash,
            [.. files.UnionBy(before?.Snapshots ?? [], file => file.Step).OrderBy(file => file.Step)]);
        await folder.Finish(exported, cancellation);
        return exported;
    }

    /// <summary>The snapshots that <c>--at</c> names: <c>final</c>, <c>all</c> or a step.</summary>
    public static IReadOnlyList<RunSnapshot> Choose(RunDetail run, IReadOnlyList<RunSnapshot> snapshots, string at)
    {
        if (snapshots.Count == 0)
        {
            throw new CliException(ExitCode.Usage, $"run {run.Id} has no snapshot yet ({run.State}): wait for its first one");
        }
        var chosen = at switch
        {
            "all" => snapshots,
            "final" => [snapshots[^1]],
            _ => [.. snapshots.Where(snapshot => snapshot.Step == int.Parse(at, CultureInfo.InvariantCulture))],
        };
        return chosen.Count > 0
            ? chosen
            : throw new CliException(ExitCode.Usage, $"--at {at}: run {run.Id} has no snapshot there; it has {string.Join(", ", snapshots.Select(snapshot => snapshot.Step))}");
    }

    /// <summary>Refuses a folder with other content before anything is written.</summary>
    private static async Task Check(ExportFolder folder, IEnumerable<ExportedSnapshot> files, string tokensHash, string configHash, CancellationToken cancellation)
    {
        await folder.Has(Tokens, tokensHash, cancellation);
        foreach (var file in files)
        {
            await folder.Has(file.File, file.WeightsHash, cancellation);
            await folder.Has(Beside(file), configHash, cancellation);
        }
    }

    private async Task<EvaluationSet> Evaluation(string runId, ModelConfiguration model, DataConfiguration data, CancellationToken cancellation)
    {
        var texts = new Dictionary<string, byte[]>();
        foreach (var file in data.TextFiles.DistinctBy(file => file.Sha256))
        {
            using var content = new MemoryStream();
            await client.DownloadArtifact(runId, file.Sha256, content, cancellation);
            texts[file.Sha256] = content.ToArray();
        }
        return EvaluationSet.Create(data, model.NCtx, new TextsInMemory(texts));
    }

    private static string Beside(ExportedSnapshot file) => Path.ChangeExtension(file.File, ".config.json");

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static Func<Stream, Task> Bytes(byte[] content, CancellationToken cancellation) => stream => stream.WriteAsync(content, cancellation).AsTask();
}
