using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Randomness;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Training;

/// <summary>The largest prefix-matching score of a shortformer model on BOS and a twice repeated segment (math.md 5.1), computed the plain way.</summary>
internal static class InductionCheck
{
    public static double MaxPrefixMatching(ModelConfiguration shape, ModelWeights weights, int vocab, int sequences = 10)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var n = Math.Min(vocab - 1, (shape.NCtx - 1) / 2);
        var T = 2 * n + 1;
        var tokens = Tokens(sequences, n, vocab);
        var p = Sinusoids.Table(shape.NCtx, shape.DModel, shape.PositionScale, CPU).narrow(0, 0, T);
        var x = weights.W_E[0].index_select(0, tensor(tokens)).view(sequences, T, -1);
        var (best, future) = (0.0, ones([T, T], ScalarType.Bool).triu(1));
        foreach (var layer in weights.Layers)
        {
            var (q, k, v) = (Heads((x + p).matmul(layer.W_Q[0])), Heads((x + p).matmul(layer.W_K[0])), Heads(x.matmul(layer.W_V[0])));
            var A = q.matmul(k.transpose(-1, -2)).div(Math.Sqrt(shape.DHead)).masked_fill(future, float.NegativeInfinity).softmax(-1);  // [B, H, T, T]
            // Queries of the second copy, but for the token after the first: its follower stands n - 1 positions back.
            var score = A.diagonal(-(n - 1), -2, -1).narrow(-1, 2, n).mean([0, 2]);
            best = Math.Max(best, score.max().item<float>());
            x = x + A.matmul(v).transpose(1, 2).reshape(sequences, T, -1).matmul(layer.W_O[0]);
        }
        return best;

        Tensor Heads(Tensor stacked) => stacked.view(sequences, T, shape.Heads, shape.DHead).transpose(1, 2);
    }

    private static long[] Tokens(int sequences, int n, int vocab)
    {
        var random = RandomSource.For(99, "induction check");
        return [.. Enumerable.Range(0, sequences).SelectMany(_ =>
        {
            var segment = Enumerable.Range(1, vocab - 1).Select(token => (token, random.NextBits())).OrderBy(pair => pair.Item2).Take(n).Select(pair => (long)pair.token).ToArray();
            return segment.Prepend(0).Concat(segment);
        })];
    }
}
