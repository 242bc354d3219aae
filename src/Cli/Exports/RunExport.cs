using System.Globalization;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Client;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Measures;
using Orchestrator.Kernels.Weights;

namespace Orchestrator.Cli.Exports;

/// <summary>
/// Writes snapshots of a run so that <c>analyze</c> takes them as they are and finds the numbers that the sweep stored: weights
/// as the sweep keeps them, TransformerLens' configuration beside each, and the sequences that the sweep measured each on.
/// </summary>
internal sealed class RunExport(OrchestratorClient client)
{
    private const string Manifest = "run.json";
    private const string Tokens = "tokens.json";
    private const string TokensBetween = "tokens-between.json";

    /// <summary>A folder for one run.</summary>
    public static ExportFolder<ExportedRun> Folder(string path) => new(path, Manifest);

    /// <summary>Exports the snapshots; those that <paramref name="folder"/> already holds are kept and listed too.</summary>
    public async Task<ExportedRun> Write(RunDetail run, IReadOnlyList<RunSnapshot> snapshots, ExportFolder<ExportedRun> folder, CancellationToken cancellation)
    {
        var (model, data) = ModelOf(run);
        var (last, between) = await new Evaluations(client).Of(run.Id, model, data, cancellation);
        var config = TransformerLensConfiguration.From(model, data.Vocab).ToJson();
        var configHash = ExportFiles.Hash(config);
        var files = snapshots.Select(snapshot => new ExportedSnapshot(
            snapshot.Step, $"step-{snapshot.Step:D6}.safetensors", snapshot.WeightsHash, snapshot.Step == run.FinalStep ? Tokens : TokensBetween)).ToList();
        var tokens = new[] { (Name: Tokens, Content: last, HeldOut: EvaluationSet.FinalSequences), (Name: TokensBetween, Content: between, HeldOut: EvaluationSet.BetweenSequences) }
            .Where(batch => files.Any(file => file.Tokens == batch.Name)).ToList();
        HashSet<string> names = [Tokens, TokensBetween, .. files.SelectMany(file => new[] { file.File, Beside(file.File) })];
        var before = await folder.Open($"run {run.Id}", export => $"run {export.Id}", names.Contains, cancellation);
        // Everything is looked at before anything is written.
        foreach (var (name, hash) in tokens.Select(batch => (batch.Name, ExportFiles.Hash(batch.Content))).Concat(files.SelectMany(file => new[] { (file.File, file.WeightsHash), (Beside(file.File), configHash) })))
        {
            await folder.Files.Has(name, hash, cancellation);
        }
        foreach (var file in files)
        {
            await folder.Files.Write(file.File, file.WeightsHash, stream => client.DownloadArtifact(run.Id, file.WeightsHash, stream, cancellation), cancellation);
            await folder.Files.Write(Beside(file.File), configHash, ExportFiles.Bytes(config, cancellation), cancellation);
        }
        foreach (var batch in tokens)
        {
            await folder.Files.Write(batch.Name, ExportFiles.Hash(batch.Content), ExportFiles.Bytes(batch.Content, cancellation), cancellation);
        }
        var exported = new ExportedRun(
            run.Id, run.Sweep, run.State, run.Steps, Versions.Trainer, Versions.Metrics, run.Config, configHash,
            [.. tokens.Select(batch => new ExportedTokens(batch.Name, ExportFiles.Hash(batch.Content), batch.HeldOut)).UnionBy(before?.Tokens ?? [], batch => batch.File)],
            [.. files.UnionBy(before?.Snapshots ?? [], file => file.Step).OrderBy(file => file.Step)]);
        await folder.Finish(exported, cancellation);
        return exported;
    }

    /// <summary>Shape and data of a run with tokens; refuses toys.</summary>
    public static (ModelConfiguration Model, DataConfiguration Data) ModelOf(RunDetail run) => run.Config is { Model: ModelConfiguration model, Data: DataConfiguration data }
        ? (model, data)
        : throw new CliException(ExitCode.Usage, $"run {run.Id} is a toy model without tokens, which analyze cannot read: its numbers are in 'sweep show {run.Sweep}'");

    /// <summary>The configuration's name beside a weights file.</summary>
    public static string Beside(string weights) => Path.ChangeExtension(weights, ".config.json");

    /// <summary>The snapshots that an option names: <c>final</c>, <c>all</c> or a step.</summary>
    public static IReadOnlyList<RunSnapshot> Choose(RunDetail run, IReadOnlyList<RunSnapshot> snapshots, string at, string option = "--at")
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
            : throw new CliException(ExitCode.Usage, $"{option} {at}: run {run.Id} has no snapshot there; it has {string.Join(", ", snapshots.Select(snapshot => snapshot.Step))}");
    }
}
