using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Weights;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Analysis;

/// <summary>Attention of one head over one sequence as bytes.</summary>
/// <param name="Layer">The head's layer.</param>
/// <param name="Head">Its number there.</param>
/// <param name="Weights">Row by row, attention of query q to key k, 255 for 1.</param>
/// <param name="ValueWeighted">The same times the norm of the value at k (math.md 2), over the largest of these products.</param>
public sealed record HeadPicture(int Layer, int Head, byte[] Weights, byte[] ValueWeighted);

/// <summary>Shows what heads of stored snapshots do.</summary>
public static class HeadPictures
{
    /// <summary>Every head of a stored snapshot over one sequence.</summary>
    /// <param name="weights">The snapshot, as it is stored.</param>
    /// <param name="model">Its shape.</param>
    /// <param name="vocab">Its vocabulary.</param>
    /// <param name="tokens">The sequence, at most as long as the context.</param>
    /// <exception cref="ModelFileException">The snapshot is no model of that shape.</exception>
    public static IReadOnlyList<HeadPicture> Draw(byte[] weights, ModelConfiguration model, int vocab, long[] tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        Native.TorchRuntime.Load();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var circuits = Read(weights, model, vocab);
        var trace = ForwardPass.Run(circuits, tensor(tokens).unsqueeze(0));
        return [.. Enumerable.Range(0, circuits.Layers.Count).SelectMany(layer =>
        {
            var values = ForwardPass.Values(circuits, circuits.Layers[layer], trace.Residuals[layer], trace.Scales[layer])[0][0];   // [head, key, e]
            var pattern = trace.Patterns[layer][0][0];                                                                              // [head, query, key]
            return Enumerable.Range(0, model.Heads).Select(head =>
            {
                double[][] attention = pattern[head].Rows();
                double[] norms = [.. values[head].Rows().Select(value => Math.Sqrt(value.Sum(x => x * x)))];
                double[][] weighted = [.. attention.Select(row => row.Zip(norms, (weight, norm) => weight * norm).ToArray())];
                return new HeadPicture(layer, head, Bytes(attention, 1), Bytes(weighted, weighted.Max(row => row.Max())));
            }).ToArray();
        })];
    }

    /// <summary>The ends of the circuits of one head of a stored snapshot between tokens.</summary>
    /// <param name="weights">The snapshot, as it is stored.</param>
    /// <param name="model">Its shape.</param>
    /// <param name="vocab">Its vocabulary.</param>
    /// <param name="head">Flat head number.</param>
    /// <param name="most">Entries of either end.</param>
    /// <param name="tokens">Token ids that are looked at: those below this.</param>
    /// <exception cref="ModelFileException">The snapshot is no model of that shape.</exception>
    public static (CircuitExtremes OutputValue, CircuitExtremes QueryKey) Circuits(byte[] weights, ModelConfiguration model, int vocab, int head, int most, int tokens)
    {
        Native.TorchRuntime.Load();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var circuits = Read(weights, model, vocab);
        return (CircuitExtremes.OfOutputValue(circuits, head, most, tokens), CircuitExtremes.OfQueryKey(circuits, head, most, tokens));
    }

    private static CircuitModel Read(byte[] weights, ModelConfiguration model, int vocab)
    {
        var configuration = TransformerLensConfiguration.From(model, vocab);
        using var reader = new SafetensorsReader(new MemoryStream(weights), "snapshot");
        return CircuitModel.Create(ModelFile.ReadWeights(reader, configuration), CircuitConfiguration.From(configuration), ScalarType.Float32);
    }

    private static byte[] Bytes(double[][] rows, double largest) => [.. rows.SelectMany(row => row).Select(value => (byte)Math.Round(255 * (largest > 0 ? value / largest : 0)))];
}
