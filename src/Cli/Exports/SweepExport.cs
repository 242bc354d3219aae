using System.Text;
using System.Text.Json;
using Orchestrator.Client;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Tables;
using Orchestrator.Kernels.Weights;

namespace Orchestrator.Cli.Exports;

/// <summary>What an export's <c>manifest.json</c> says.</summary>
/// <param name="Sweep">The sweep.</param>
/// <param name="Name">Its name.</param>
/// <param name="State">Where it stood.</param>
/// <param name="Product">Version of the program that wrote it.</param>
/// <param name="TrainerVersion">Part of every run's identity.</param>
/// <param name="MetricVersion">The definitions that the tables are by.</param>
/// <param name="Files">Every file but this one, by name.</param>
/// <param name="Runs">Where each run's weights are.</param>
internal sealed record ExportedSweep(
    string Sweep, string Name, SweepState State, string Product, int TrainerVersion, int MetricVersion, IReadOnlyList<ExportedFile> Files, IReadOnlyList<ExportedWeights> Runs);

/// <summary>A file of an export.</summary>
/// <param name="File">Its name, from the folder on.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its SHA-256.</param>
internal sealed record ExportedFile(string File, long Bytes, string Sha256);

/// <summary>A run's weights.</summary>
/// <param name="Run">The run.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Snapshots">Its snapshots, by step.</param>
internal sealed record ExportedWeights(string Run, ulong Seed, IReadOnlyList<ExportedSnapshot> Snapshots);

/// <summary>Writes a whole sweep: every table as Parquet, weights as safetensors, the specification, and a manifest with hashes.</summary>
internal sealed class SweepExport(OrchestratorClient client)
{
    private static readonly string[] Parts = ["tables", "weights", "tokens", "specification.json"];

    /// <summary>A folder for one sweep.</summary>
    public static ExportFolder<ExportedSweep> Folder(string path) => new(path, "manifest.json");

    /// <summary>Exports the sweep as it stands.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="at"><c>final</c>, <c>all</c>, a step, or <c>none</c> for no weights.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="progress">Told each run with its number, of so many.</param>
    /// <param name="cancellation">Gives up; what is complete is kept.</param>
    public async Task<ExportedSweep> Write(SweepFindings sweep, string at, ExportFolder<ExportedSweep> folder, Action<int, int> progress, CancellationToken cancellation)
    {
        var head = sweep.Result.Sweep;
        await folder.Open($"sweep {head.Id}", export => $"sweep {export.Sweep}", Parts.Contains, cancellation);
        var files = folder.Files;
        folder.Begin();
        await files.Replace("specification.json", ExportFiles.Bytes(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(sweep.Conditions.Document, Json.Indented)), cancellation));
        List<string> names = ["specification.json"];
        foreach (var table in ResultTables.All)
        {
            names.Add($"tables/{table.Name}.parquet");
            await files.Replace(names[^1], stream => client.QueryAs($"select * from {table.Name} where sweep = '{head.Id}'", "parquet", stream, cancellation));
        }
        var runs = at == "none" ? [] : await Weights(head.Id, at, files, names, progress, cancellation);
        var listed = new List<ExportedFile>();
        foreach (var name in names.Distinct())
        {
            listed.Add(new ExportedFile(name, new FileInfo(files.PathOf(name)).Length, await files.HashOf(name, cancellation)));
        }
        var exported = new ExportedSweep(head.Id, head.Name, head.State, Versions.Product, Versions.Trainer, Versions.Metrics, listed, runs);
        await folder.Finish(exported, cancellation);
        return exported;
    }

    private async Task<IReadOnlyList<ExportedWeights>> Weights(string sweep, string at, ExportFiles files, List<string> names, Action<int, int> progress, CancellationToken cancellation)
    {
        var completed = (await client.ListRuns(sweep, cancellation)).Where(run => run is { State: RunState.Completed, Config: { Model: ModelConfiguration, Data: DataConfiguration } }).ToList();
        var tokens = new Dictionary<string, (Lazy<Task<string>> Last, Lazy<Task<string>> Between)>(); // written when a snapshot needs them
        var exported = new List<ExportedWeights>();
        foreach (var run in completed)
        {
            progress(exported.Count + 1, completed.Count);
            var (model, data) = RunExport.ModelOf(run);
            // Runs of one sweep mostly share their data, and so what they are measured on.
            var key = JsonSerializer.Serialize(data, Json.Options) + model.NCtx;
            if (!tokens.TryGetValue(key, out var batches))
            {
                var (last, between) = await new Evaluations(client).Of(run.Id, model, data, cancellation);
                tokens[key] = batches = (new(() => Tokens(last)), new(() => Tokens(between)));
            }
            var config = TransformerLensConfiguration.From(model, data.Vocab).ToJson();
            var snapshots = new List<ExportedSnapshot>();
            foreach (var snapshot in RunExport.Choose(run, await client.ListSnapshots(run.Id, cancellation), at, "--weights"))
            {
                var name = $"weights/{run.Id}/step-{snapshot.Step:D6}.safetensors";
                await files.Write(name, snapshot.WeightsHash, stream => client.DownloadArtifact(run.Id, snapshot.WeightsHash, stream, cancellation), cancellation);
                await files.Write(RunExport.Beside(name), ExportFiles.Hash(config), ExportFiles.Bytes(config, cancellation), cancellation);
                names.AddRange([name, RunExport.Beside(name)]);
                snapshots.Add(new ExportedSnapshot(snapshot.Step, name, snapshot.WeightsHash, await (snapshot.Step == run.FinalStep ? batches.Last : batches.Between).Value));
            }
            exported.Add(new ExportedWeights(run.Id, run.Config.Seed, snapshots));
        }
        return exported;

        async Task<string> Tokens(byte[] content)
        {
            var hash = ExportFiles.Hash(content);
            var name = $"tokens/{hash[..12]}.json";
            await files.Write(name, hash, ExportFiles.Bytes(content, cancellation), cancellation);
            names.Add(name);
            return name;
        }
    }
}
