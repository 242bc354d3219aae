using Orchestrator.Kernels.Native;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Circuits;

/// <summary>From the stream to logits and losses. Logits of a large vocabulary are made a few positions at a time and never kept.</summary>
public static class Unembedding
{
    private const long ChunkElements = 1L << 24;

    /// <summary>Logits [S, ..., pos, V] of a final stream [S, ..., pos, d] under the scale of its read.</summary>
    public static Tensor Logits(CircuitModel model, Tensor final, Tensor? scale)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(final);
        using var _ = no_grad();
        return ForwardPass.Scaled(final, scale).Times(model.W_U).Plus(model.B_U.Beside(final));
    }

    /// <summary>Logits [S, batch, pos, V] of a finished pass.</summary>
    public static Tensor Logits(CircuitModel model, ForwardTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        return Logits(model, trace.Final, trace.Scales[^1]);
    }

    /// <summary>Loss in nats of predicting token i + 1 at position i, [S, batch, pos - 1].</summary>
    public static Tensor LossPerToken(CircuitModel model, ForwardTrace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        return LossPerToken(model, trace.Final, trace.Scales[^1], trace.Tokens);
    }

    /// <summary>Losses [S, ..., batch, pos - 1] of a stream [S, ..., batch, pos, d]; axes between are variants over the same tokens.</summary>
    public static Tensor LossPerToken(CircuitModel model, Tensor final, Tensor? scale, Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(final);
        ArgumentNullException.ThrowIfNull(tokens);
        using var _ = no_grad();
        var predicted = tokens.shape[1] - 1;
        var read = ForwardPass.Scaled(final, scale);                                     // [S, ..., batch, pos, d]
        var shape = read.shape[..^1];
        var rows = read.reshape(model.Members, -1, model.Configuration.DModel);          // [S, n, d]
        var targets = tokens.roll([-1], [1]).expand(shape).reshape(model.Members, -1);   // [S, n]; to leave the last position out here would copy all others
        var step = Math.Max(1, ChunkElements / ((long)model.Members * model.Configuration.Vocab));
        var losses = new List<Tensor>();
        for (var start = 0L; start < rows.shape[1]; start += step)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(step, rows.shape[1] - start);
            var logits = rows.narrow(1, start, count).bmm(model.W_U).Add(model.B_U.unsqueeze(1));      // [S, chunk, vocab]
            var loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.narrow(1, start, count).flatten(), reduction: nn.Reduction.None);
            losses.Add(loss.view(model.Members, count).MoveToOuterDisposeScope());
        }
        return (losses.Count == 0 ? zeros(shape, model.W_U.dtype, model.W_U.device) : cat(losses, 1).view(shape)).narrow(-1, 0, predicted);
    }

    /// <summary>Sum, sum of absolute values and sum of squares of all logits of a pass, for comparing two implementations.</summary>
    public static (double Sum, double AbsoluteSum, double SquareSum) Checksums(CircuitModel model, ForwardTrace trace)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trace);
        using var _ = no_grad();
        var rows = ForwardPass.Scaled(trace.Final, trace.Scales[^1]).reshape(model.Alone().Members, -1, model.Configuration.DModel);
        var step = Math.Max(1, ChunkElements / model.Configuration.Vocab);
        var (sum, absolute, square) = (0.0, 0.0, 0.0);
        for (var start = 0L; start < rows.shape[1]; start += step)
        {
            using var scope = NewDisposeScope();
            var logits = (rows.narrow(1, start, Math.Min(step, rows.shape[1] - start)).bmm(model.W_U).Plus(model.B_U.unsqueeze(1))).Exact();
            sum += logits.sum().Value();
            absolute += logits.abs().sum().Value();
            square += logits.square().sum().Value();
        }
        return (sum, absolute, square);
    }
}
