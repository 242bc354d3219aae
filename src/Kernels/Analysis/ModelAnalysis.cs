using Orchestrator.Contracts.Metrics;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Weights;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Analysis;

/// <summary>Every per-head, per-pair and per-path metric of one model file (math.md), in float64 from its float32 weights.</summary>
public static class ModelAnalysis
{
    private const int WidestOnOneThread = 256;

    /// <summary>Reads model, configuration and tokens and analyzes them. Errors of any input are a value; all that are found are listed.</summary>
    /// <param name="model">A safetensors file with TransformerLens' names.</param>
    /// <param name="tokens">A tokens file (<see cref="TokenBatches"/>).</param>
    /// <param name="configuration">The model's configuration; by default the model's path with <c>.config.json</c>.</param>
    /// <param name="questions">What is wanted besides; by default nothing.</param>
    public static AnalysisResult Run(string model, string tokens, string? configuration = null, AnalysisQuestions? questions = null)
    {
        Native.TorchRuntime.Load();
        using var scope = NewDisposeScope();
        ModelFile file;
        try
        {
            file = ModelFile.Read(model, configuration);
        }
        catch (ModelFileException broken)
        {
            return new AnalysisResult.Refused([broken.Message]);
        }
        if (file.Configuration.DModel <= WidestOnOneThread)
        {
            set_num_threads(1); // a second thread gains nothing on small products, and waits for the first by spinning
        }
        try
        {
            return Run(file.Weights, file.Configuration, TokenBatches.Read(tokens, file.Configuration.DVocab, file.Configuration.NCtx), questions);
        }
        catch (AnalysisException broken)
        {
            return new AnalysisResult.Refused([broken.Message]);
        }
    }

    /// <summary>Analyzes a model (a pack of one) on checked batches of token ids.</summary>
    /// <exception cref="AnalysisException">A question cannot be answered of this model and these batches.</exception>
    public static AnalysisResult.Done Run(
        ModelWeights weights, TransformerLensConfiguration configuration, IReadOnlyDictionary<string, long[][]> batches, AnalysisQuestions? questions = null)
    {
        ArgumentNullException.ThrowIfNull(batches);
        questions ??= AnalysisQuestions.None;
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var model = CircuitModel.Create(weights, CircuitConfiguration.From(configuration)).Alone();
        foreach (var (layer, head) in questions.Scores)
        {
            if (layer >= model.Configuration.Layers || head >= model.Configuration.Heads)
            {
                throw new AnalysisException("--scores", $"{layer}.{head} is no head of the model: "
                    + (model.Heads.Count == 0 ? "it has none, so leave the option out" : $"give heads from 0.0 to {model.Configuration.Layers - 1}.{model.Configuration.Heads - 1}"));
            }
        }
        var trigrams = questions.Trigrams ? TrigramAnalyzer.Of(model, batches) : null;
        var (analyses, patterns) = (new Dictionary<string, BatchAnalysis>(StringComparer.Ordinal), new List<AttentionPattern>());
        double[]? previousToken = null;
        foreach (var (name, sequences) in batches)
        {
            var batch = BatchAnalyzer.Analyze(model, name, sequences, questions.Scores);
            analyses.Add(name, batch.Analysis);
            patterns.AddRange(batch.Patterns);
            previousToken ??= batch.PreviousToken;
        }
        var circuits = new TokenCircuits(model);
        return new(new(configuration, analyses, Heads(model, circuits), Pairs(model, circuits, previousToken ?? new double[model.Heads.Count]), trigrams), patterns);
    }

    private static List<HeadAnalysis> Heads(CircuitModel model, TokenCircuits circuits)
    {
        if (model.Heads.Count == 0)
        {
            return [];
        }
        var (scores, centered, trace, matching) = (circuits.Copying(), circuits.CopyingCentered().Values(), circuits.CopyingTrace().Values(), circuits.Matching().Values());
        var (copying, z) = (scores.Values(), EigenScoreNull.Z(model.Configuration, scores).Values());
        var (outputValue, queryKey, literal) = (HeadNorms.OutputValue(model).Values(), HeadNorms.QueryKey(model).Values(), CopyingScore.EachHead(model).Values());
        var singular = new FactoredMatrix(model.Heads.W_V[0], model.Heads.W_O[0]).SingularValues().Rows();
        return [.. Enumerable.Range(0, model.Heads.Count).Select(n => new HeadAnalysis(
            n / model.Configuration.Heads, n % model.Configuration.Heads, copying[n].Defined(), centered[n].Defined(), z[n].Defined(), trace[n].Defined(),
            matching[n].Defined(), outputValue[n].Defined(), queryKey[n].Defined(), singular[n], literal[n].Defined()))];
    }

    private static List<PairAnalysis> Pairs(CircuitModel model, TokenCircuits circuits, double[] previousToken)
    {
        if (model.Configuration.Layers < 2)
        {
            return [];
        }
        var (composition, scores) = (new CompositionScores(model), new PairScores(model, circuits, tensor(previousToken).unsqueeze(0)));
        var (q, k, v) = (Of(composition.Query), Of(composition.Key), Of(composition.Value));
        var (eigen, trace, virtuals) = (scores.KeyEigenScore[0].Matrix(), scores.KeyTrace[0].Matrix(), scores.VirtualEigenScore[0].Matrix());
        return [.. MetricLayout.Pairs(model.Configuration.Layers, model.Configuration.Heads).Select(pair =>
        {
            var (from, to) = pair;
            return new PairAnalysis(
                Name(from), Name(to), At(q.Raw), At(k.Raw), At(v.Raw), At(q.Excess), At(k.Excess), At(v.Excess), At(q.Z), At(k.Z), At(v.Z), At(eigen), At(trace), At(virtuals));

            double? At(double[,] all) => all[from, to].Defined();
        })];

        static (double[,] Raw, double[,] Excess, double[,] Z) Of(Composition way) => (way.Raw[0].Matrix(), way.Excess[0].Matrix(), way.Z[0].Matrix());

        string Name(int head) => $"{head / model.Configuration.Heads}.{head % model.Configuration.Heads}";
    }
}
