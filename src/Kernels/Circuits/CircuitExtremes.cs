using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>One entry of a circuit between tokens.</summary>
/// <param name="Row">Token of the row: the source of an OV circuit, the query of a QK circuit.</param>
/// <param name="Column">Token of the column: the output of an OV circuit, the key of a QK circuit.</param>
/// <param name="Value">The entry.</param>
public readonly record struct CircuitEntry(long Row, long Column, double Value);

/// <summary>
/// The largest and smallest entries of a head's circuits between tokens, [V, V], a few rows at a time: nothing of size V × V is kept. Entries that are not
/// finite are left out.
/// </summary>
/// <param name="Largest">Largest first.</param>
/// <param name="Smallest">Smallest first.</param>
public sealed record CircuitExtremes(IReadOnlyList<CircuitEntry> Largest, IReadOnlyList<CircuitEntry> Smallest)
{
    private const long ChunkElements = 1L << 22;

    /// <summary>
    /// Of the full OV circuit W_E W_OV W_U: by how much attending to the source raises the logit of the output, minus its mean over all outputs, because a constant in
    /// all logits is nothing (math.md section 3).
    /// </summary>
    /// <param name="model">One model.</param>
    /// <param name="head">Flat head number.</param>
    /// <param name="count">How many of either end.</param>
    /// <param name="tokens">Rows and columns that are looked at: token ids below this.</param>
    public static CircuitExtremes OfOutputValue(CircuitModel model, int head, int count, int tokens = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Of(model.Alone(), FactoredMatrix.OutputValueOf, 1, head, count, tokens);
    }

    /// <summary>
    /// Of the full QK circuit W_E W_QK W_E^T over the attention scale: how much the query attends to the key, minus its mean over all keys, which the softmax does not
    /// see (math.md section 3). In layers after the first it is the direct path of the embeddings.
    /// </summary>
    /// <inheritdoc cref="OfOutputValue"/>
    public static CircuitExtremes OfQueryKey(CircuitModel model, int head, int count, int tokens = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Of(model.Alone(), FactoredMatrix.QueryKeyOf, model.Configuration.AttentionScale, head, count, tokens);
    }

    private static CircuitExtremes Of(CircuitModel model, Func<CircuitModel, int, FactoredMatrix> circuit, double scale, int head, int count, int tokens)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (left, right) = circuit(model, head).First;                                                                     // [V, e], [e, V]
        tokens = Math.Min(tokens, model.Configuration.Vocab);
        var centred = new FactoredMatrix(left, ((right - right.mean([1], keepdim: true)) / scale.Held()).narrow(1, 0, tokens));
        var (largest, smallest) = (new List<CircuitEntry>(), new List<CircuitEntry>());
        var step = (int)Math.Clamp(ChunkElements / tokens, 1, tokens);
        for (var start = 0; start < tokens; start += step)
        {
            using var chunk = NewDisposeScope();
            var entries = centred.Rows(start, Math.Min(step, tokens - start));                                              // [chunk, tokens]
            largest = [.. largest.Concat(Ends(entries, true, start)).OrderByDescending(entry => entry.Value).Take(count)];
            smallest = [.. smallest.Concat(Ends(entries, false, start)).OrderBy(entry => entry.Value).Take(count)];
        }
        return new CircuitExtremes(largest, smallest);

        // The k largest of all entries stand in the k rows whose largest are largest: a maximum by row is much cheaper than ordering a chunk.
        IEnumerable<CircuitEntry> Ends(Tensor entries, bool largest, int start)
        {
            var best = largest ? entries.amax([1]) : entries.amin([1]);                                                     // [chunk]
            var rows = best.topk((int)Math.Min(count, best.shape[0]), 0, largest).indexes;                                  // [k]
            var candidates = entries.index_select(0, rows).reshape(-1);                                                     // [k * tokens]
            var (values, places) = candidates.topk((int)Math.Min(count, candidates.shape[0]), 0, largest);
            var sources = rows.Values();
            return values.Values().Zip(places.Values(), (value, place) => new CircuitEntry(start + (long)sources[(int)place / tokens], (long)place % tokens, value))
                .Where(entry => double.IsFinite(entry.Value)).ToArray();
        }
    }
}
