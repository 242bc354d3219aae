using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Circuits;
using static TorchSharp.torch;

namespace Orchestrator.Circuits.Bench;

/// <summary>The paper's size: 2 layers of 12 heads, d_model 768, d_head 64, vocabulary 50,000; paths over 4 × 512 tokens.</summary>
internal static class PaperBench
{
    private const int Vocab = 50_000;

    public static void Run()
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var shape = new ModelConfiguration { Layers = 2, Heads = 12, DModel = 768, DHead = 64, NCtx = 512 };
        var model = CircuitModel.Create(SyntheticWeights.Of(shape, Vocab), CircuitConfiguration.From(shape, Vocab), ScalarType.Float32);
        var random = new Random(1);
        var tokens = tensor([.. Enumerable.Range(0, 4 * 512).Select(_ => (long)random.Next(Vocab))], [4, 512]);

        Measure("composition Q, K, V, all pairs of 24 heads", 9, () => Made(new CompositionScores(model)));
        set_num_threads(Environment.ProcessorCount);
        Measure("the same with a thread for every core", 9, () => Made(new CompositionScores(model)));
        set_num_threads(1);
        Measure("OV and QK eigen-scores of 24 heads, float32 products", 5, () => Eigen(null));
        Measure("OV and QK eigen-scores of 24 heads, float64 products", 3, () => Eigen(ScalarType.Float64));
        Measure("K-term and virtual-head scores of 144 pairs, B and G at hand", 3, Pairs(new TokenCircuits(model)));
        Measure("copying scores of 24 heads", 3, () => CopyingScore.EachHead(model));
        Measure("instrumented pass over 4 x 512 tokens, without logits", 3, () => Inside(() => ForwardPass.Run(model, tokens)));
        var trace = ForwardPass.Run(model, tokens);
        var losses = Unembedding.LossPerToken(model, trace);
        Measure("all 169 path terms over 4 x 512 tokens, after the pass", 5, () => PathExpansion.CorrectLogits(model, trace));
        Measure("losses by path order over 4 x 512 tokens, after the pass", 1, () => TermImportance.Of(model, trace, losses));

        void Eigen(ScalarType? precision) => Inside(() =>
        {
            var circuits = new TokenCircuits(model, precision);
            Made((circuits.Copying(), circuits.Matching()));
        });

        Action Pairs(TokenCircuits circuits) => () => Made(new PairScores(model, circuits, zeros(1, 24)));
    }

    private static void Measure(string what, int times, Action action)
    {
        Stopwatches.Report(what, times, action);
        Memory.Report(what, action);
    }

    private static void Inside(Action action)
    {
        using var scope = NewDisposeScope();
        action();
    }

    private static void Made(object result) => GC.KeepAlive(result);
}
