using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Analysis;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Data;
using Orchestrator.Results.Runs;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Cli.Hosting;

/// <summary>What heads do, by the kernels of this process.</summary>
internal sealed class KernelPictures(RunArtifacts runs, IArtifactStore artifacts) : IHeadPictures
{
    public async Task<IReadOnlyList<PatternPicture>?> Patterns(RunDetail run, int? step, int sequence, CancellationToken cancellation)
    {
        if (await Stored(run, step, cancellation) is not var (at, weights, model, data, texts))
        {
            return null;
        }
        return await Task.Run(() =>
        {
            // Held-out sequences come one after another out of one stream: those after this one need not be drawn.
            var heldOut = new SequenceMixture(data, model.NCtx, texts).HeldOut(sequence + 1);
            var tokens = heldOut.AsSpan(sequence * model.NCtx, Math.Min(model.NCtx, PatternPicture.MostTokens)).ToArray();
            int[] shown = [.. tokens.Select(token => (int)token)];
            string[]? spelled = TokenSpellings.Of(data, texts) is { } spellings ? [.. shown.Select(token => Spelling(spellings, token) ?? $"{token}")] : null;
            return (IReadOnlyList<PatternPicture>)[.. HeadPictures.Draw(weights, model, data.Vocab, tokens).Select(head =>
                new PatternPicture(run.Id, at, head.Layer, head.Head, shown, head.Weights, head.ValueWeighted) { Spelled = spelled })];
        }, cancellation);
    }

    public async Task<HeadCircuits?> Circuits(RunDetail run, int? step, int layer, int head, int most, CancellationToken cancellation)
    {
        if (await Stored(run, step, cancellation) is not var (at, weights, model, data, texts) || layer >= model.Layers || head >= model.Heads)
        {
            return null;
        }
        return await Task.Run(() =>
        {
            var (outputValue, queryKey) = HeadPictures.Circuits(weights, model, data.Vocab, layer * model.Heads + head, most, HeadCircuits.MostTokens);
            var spellings = TokenSpellings.Of(data, texts);
            return new HeadCircuits(run.Id, at, layer, head, Math.Min(data.Vocab, HeadCircuits.MostTokens), Ends(outputValue), Ends(queryKey));

            CircuitEnds Ends(CircuitExtremes of) => new([.. of.Largest.Select(Spelled)], [.. of.Smallest.Select(Spelled)]);

            TokenPair Spelled(CircuitEntry entry) => new((int)entry.Row, (int)entry.Column, entry.Value, Spelling(spellings, entry.Row), Spelling(spellings, entry.Column));
        }, cancellation);
    }

    private static string? Spelling(IReadOnlyList<string>? spellings, long token) => spellings is not null && token < spellings.Count ? spellings[(int)token] : null;

    private sealed record Snapshot(int Step, byte[] Weights, ModelConfiguration Model, DataConfiguration Data, ITextContents Texts);

    /// <summary>A stored snapshot with what its run was trained on; null where there is none, or no head.</summary>
    private async Task<Snapshot?> Stored(RunDetail run, int? step, CancellationToken cancellation)
    {
        if (run.Config is not { Model: ModelConfiguration { Layers: > 0 } model, Data: DataConfiguration data })
        {
            return null;
        }
        var snapshots = await runs.Snapshots(run.Id, cancellation);
        if (snapshots.LastOrDefault(snapshot => step is null || snapshot.Step == step) is not { } chosen)
        {
            return null;
        }
        var weights = await artifacts.Get(chosen.WeightsHash, cancellation);
        return new Snapshot(chosen.Step, weights, model, data, await TextsInMemory.Of(data, hash => artifacts.Get(hash, cancellation)));
    }
}
