using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>From the stream to logits and losses. Logits of a large vocabulary are made a few positions at a time and never kept.</summary>
public static class Unembedding
{
    private const long ChunkElements = 1L << 24;

    /// <summary>Logits [..., pos, V] of a final stream [..., pos, d] under the scale of its read.</summary>
    public static Tensor Logits(CircuitModel model, Tensor final, Tensor? scale)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(final);
        using var _ = no_grad();
        return ForwardPass.Scaled(final, scale).matmul(model.W_U) + model.B_U;
    }

    /// <summary>Logits [batch, pos, V] of a finished pass.</summary>
    public static Tensor Logits(CircuitModel model, ForwardTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        return Logits(model, trace.Final, trace.Scales[^1]);
    }

    /// <summary>Loss in nats of predicting token i + 1 at position i, [batch, pos - 1].</summary>
    public static Tensor LossPerToken(CircuitModel model, ForwardTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        return LossPerToken(model, trace.Final, trace.Scales[^1], trace.Tokens);
    }

    /// <summary>Losses [..., batch, pos - 1] of a stream [..., batch, pos, d]; leading axes are variants over the same tokens.</summary>
    public static Tensor LossPerToken(CircuitModel model, Tensor final, Tensor? scale, Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(final);
        ArgumentNullException.ThrowIfNull(tokens);
        using var _ = no_grad();
        var predicted = tokens.shape[1] - 1;
        var read = ForwardPass.Scaled(final, scale).narrow(-2, 0, predicted);            // [..., batch, pos - 1, d]
        var shape = read.shape[..^1];
        var rows = read.reshape(-1, model.Configuration.DModel);                         // [n, d]
        var targets = tokens.narrow(1, 1, predicted).expand(shape).reshape(-1);          // [n]
        var step = Math.Max(1, ChunkElements / model.Configuration.Vocab);
        var losses = new List<Tensor>();
        for (var start = 0L; start < rows.shape[0]; start += step)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(step, rows.shape[0] - start);
            var logits = rows.narrow(0, start, count).matmul(model.W_U) + model.B_U;     // [chunk, vocab]
            var loss = nn.functional.cross_entropy(logits, targets.narrow(0, start, count), reduction: nn.Reduction.None);
            losses.Add(loss.MoveToOuterDisposeScope());
        }
        return losses.Count == 0 ? zeros(shape, dtype: model.W_U.dtype) : cat(losses, 0).view(shape);
    }

    /// <summary>Sum, sum of absolute values and sum of squares of all logits of a pass, for comparing two implementations.</summary>
    public static (double Sum, double AbsoluteSum, double SquareSum) Checksums(CircuitModel model, ForwardTrace trace)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trace);
        using var _ = no_grad();
        var rows = ForwardPass.Scaled(trace.Final, trace.Scales[^1]).reshape(-1, model.Configuration.DModel);
        var step = Math.Max(1, ChunkElements / model.Configuration.Vocab);
        var (sum, absolute, square) = (0.0, 0.0, 0.0);
        for (var start = 0L; start < rows.shape[0]; start += step)
        {
            using var scope = NewDisposeScope();
            var logits = (rows.narrow(0, start, Math.Min(step, rows.shape[0] - start)).matmul(model.W_U) + model.B_U).to_type(ScalarType.Float64);
            sum += logits.sum().Value();
            absolute += logits.abs().sum().Value();
            square += logits.square().sum().Value();
        }
        return (sum, absolute, square);
    }
}
