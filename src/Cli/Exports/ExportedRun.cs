using Orchestrator.Contracts.Runs;

namespace Orchestrator.Cli.Exports;

/// <summary>What an export's <c>run.json</c> says: where the files beside it come from, and what they must hash to.</summary>
/// <param name="Id">The run.</param>
/// <param name="Sweep">The sweep that it was read from.</param>
/// <param name="State">Where the run stood.</param>
/// <param name="Steps">Optimizer steps it had done.</param>
/// <param name="TrainerVersion">Part of the run's identity, as its configuration is.</param>
/// <param name="MetricVersion">The definitions that the sweep measured by.</param>
/// <param name="Config">What it was trained from.</param>
/// <param name="ConfigHash">SHA-256 of every <c>.config.json</c>.</param>
/// <param name="Tokens">The sequences that snapshots were measured on.</param>
/// <param name="Snapshots">The snapshots in the folder, by step.</param>
internal sealed record ExportedRun(
    string Id, string Sweep, RunState State, int Steps, int TrainerVersion, int MetricVersion, RunConfiguration Config,
    string ConfigHash, IReadOnlyList<ExportedTokens> Tokens, IReadOnlyList<ExportedSnapshot> Snapshots);

/// <summary>One snapshot of an export.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="File">Name of the weights file; its configuration stands beside it.</param>
/// <param name="WeightsHash">SHA-256 of the weights file, as the sweep stored it.</param>
/// <param name="Tokens">Name of the file with the sequences that it was measured on.</param>
internal sealed record ExportedSnapshot(int Step, string File, string WeightsHash, string Tokens);

/// <summary>Sequences of an export.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Sha256">Its SHA-256.</param>
/// <param name="HeldOut">How many held-out sequences it has.</param>
internal sealed record ExportedTokens(string File, string Sha256, int HeldOut);
