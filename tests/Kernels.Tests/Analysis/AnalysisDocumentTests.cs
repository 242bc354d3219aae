using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Analysis;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Tests.Circuits;
using Orchestrator.Kernels.Tests.Fixtures;
using Orchestrator.Kernels.Weights;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Analysis;

[Collection("circuits")]
public sealed class AnalysisDocumentTests
{
    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void The_document_of_a_fixture_holds_the_reference_values(string name)
    {
        var json = Document(ModelAnalysis.Run(Fixture.Path($"{name}.safetensors"), Fixture.Path($"{name}.tokens.json")));
        var reference = Fixture.Reference(name);
        Assert.Equal(["config", "batches", "heads", "pairs"], Keys(json));
        foreach (var batch in json.GetProperty("batches").EnumerateObject())
        {
            Assert.Equal(["loss", "loss_per_token", "logits", "heads", "terms", "paths"], Keys(batch.Value));
            var forward = reference.At("forward", batch.Name);
            Assert.Equal(forward.GetProperty("loss_mean").GetDouble(), batch.Value.GetProperty("loss").GetDouble(), 5e-7);
            Same.Numbers(forward.GetProperty("loss_per_token").Flat(), batch.Value.GetProperty("loss_per_token").Flat(), 5e-7);
            Assert.Equal(["sum", "abs_sum", "sum_sq"], Keys(batch.Value.GetProperty("logits")));
            Assert.Equal(forward.GetProperty("sum_sq").GetDouble(), batch.Value.At("logits", "sum_sq").GetDouble(), 1e-3);
            Assert.Equal(["layer", "head", "prefix_matching", "previous_token", "duplicate_token", "bos_attention", "entropy", "transformer_lens", "ablation_loss", "ablation_loss_frozen"], Keys(batch.Value.GetProperty("heads")[0]));
            Assert.Equal(["induction_head", "previous_token_head", "duplicate_token_head"], Keys(batch.Value.GetProperty("heads")[0].GetProperty("transformer_lens")));
            Same.Numbers(reference.At("head_scores", "definition", batch.Name, "first_token", "score").Flat(), Numbers(batch.Value.GetProperty("heads"), "bos_attention"), 1e-7);
            Assert.Equal(["uniform_loss", "loss_by_order", "full_loss", "marginal", "direct_plus_layer_loss"], Keys(batch.Value.GetProperty("terms")));
            Assert.Equal(25, batch.Value.GetProperty("paths").GetArrayLength());
            Assert.Equal(["path", "correct_logit"], Keys(batch.Value.GetProperty("paths")[0]));
        }
        var repeated = json.At("batches", "repeated");
        var paths = repeated.GetProperty("paths").EnumerateArray().ToDictionary(path => string.Join('>', path.GetProperty("path").EnumerateArray().Select(step => step.GetString())), path => path.GetProperty("correct_logit").GetDouble());
        Assert.Equal(reference.At("path_expansion", "correct_logit_mean_repeated", "L0H1>L1H3").GetDouble(), paths["0.1>1.3"], 1e-6);
        Assert.Equal(reference.At("path_expansion", "correct_logit_mean_repeated", "direct").GetDouble(), paths[""], 1e-6);
        Same.Numbers(reference.At("term_importance", "repeated", "ablate_head_loss").Flat(), Numbers(repeated.GetProperty("heads"), "ablation_loss"), 5e-7);
        Same.Numbers(reference.At("term_importance", "repeated", "ablate_head_frozen_loss").Flat(), Numbers(repeated.GetProperty("heads"), "ablation_loss_frozen"), 5e-7);

        Assert.Equal(["layer", "head", "ov_copying", "ov_copying_centered", "ov_copying_z", "ov_trace", "qk_matching", "ov_norm", "qk_norm", "ov_singular_values", "copying"], Keys(json.GetProperty("heads")[0]));
        Same.Numbers(reference.At("eigen", "ov_full", "score").Flat(), Numbers(json.GetProperty("heads"), "ov_copying"), 1e-7);
        Same.Relatively(reference.At("singular_values", "ov").Flat(), [.. json.GetProperty("heads").EnumerateArray().SelectMany(head => head.GetProperty("ov_singular_values").Flat())], 1e-7);
        Assert.Equal(["from", "to", "q", "k", "v", "q_excess", "k_excess", "v_excess", "q_z", "k_z", "v_z", "qk_eigen_score", "qk_trace", "ov_eigen_score"], Keys(json.GetProperty("pairs")[0]));
        var pair = json.GetProperty("pairs").EnumerateArray().Single(p => p.GetProperty("from").GetString() == "0.2" && p.GetProperty("to").GetString() == "1.3");
        Assert.Equal(reference.At("composition", "Q")[0][2][1][3].GetDouble(), pair.GetProperty("q").GetDouble(), 2e-8);
        Assert.Equal(reference.At("virtual", "kq_score", "0->1")[2][3].GetDouble(), pair.GetProperty("qk_eigen_score").GetDouble(), 1e-7);
        Assert.Equal(16, json.GetProperty("pairs").GetArrayLength());
        Assert.Equal(32, json.At("config", "d_model").GetInt32());
    }

    [Fact]
    public void Any_model_and_any_batch_give_a_whole_document_without_numbers_that_are_none() => OddModels.Check(25, odd =>
    {
        var configuration = Configuration(odd);
        var weights = odd.Weights();
        long[][] one = [[1], [0]];
        long[][] many = [.. Enumerable.Range(0, odd.Batch).Select(b => odd.Tokens()[b].contiguous().data<long>().ToArray())];
        var done = ModelAnalysis.Run(weights, configuration, new Dictionary<string, long[][]> { ["single"] = one, ["many"] = many });
        var json = Document(done);                                               // a NaN would be refused by the writer
        Assert.Equal(JsonValueKind.Null, json.At("batches", "single", "loss").ValueKind);
        Assert.Equal(JsonValueKind.Number, json.At("batches", "many", "loss").ValueKind);
        Assert.Equal(odd.Layers * odd.Heads, json.GetProperty("heads").GetArrayLength());
        Assert.Equal(odd.Heads * odd.Heads * odd.Layers * (odd.Layers - 1) / 2, json.GetProperty("pairs").GetArrayLength());
        Assert.Equal(odd.Layers + 1, json.At("batches", "many", "terms", "loss_by_order").GetArrayLength());
        Assert.Equal(odd.Layers * odd.Heads, json.At("batches", "many", "heads").GetArrayLength());
        var total = json.At("batches", "many", "paths").EnumerateArray().Sum(path => path.GetProperty("correct_logit").GetDouble());
        var model = odd.Model();
        var logits = Unembedding.Logits(model, ForwardPass.Run(model, odd.Tokens()))[0].narrow(1, 0, odd.Length - 1);
        Assert.Equal(logits.gather(2, odd.Tokens().narrow(1, 1, odd.Length - 1).unsqueeze(2)).mean().item<double>(), total, 1e-8);
        using var text = new StringWriter();
        AnalysisText.Write(done.Document, text);
        Assert.DoesNotContain("NaN", text.ToString(), StringComparison.Ordinal);
    });

    [Fact]
    public void A_batch_gives_the_same_numbers_however_it_is_cut() => OddModels.Check(25, odd =>
    {
        var model = odd.Model();
        long[][] sequences = [.. Enumerable.Range(0, odd.Batch).Select(b => odd.Tokens()[b].contiguous().data<long>().ToArray())];
        (int, int)[] heads = odd.Layers * odd.Heads == 0 ? [] : [(odd.Layers - 1, odd.Heads - 1), (0, 0)];
        var whole = BatchAnalyzer.Analyze(model, "b", sequences, heads, atOnce: 3);
        foreach (var atOnce in new int?[] { 1, 2, null })
        {
            var cut = BatchAnalyzer.Analyze(model, "b", sequences, heads, atOnce);
            Same.Numbers(AllNumbers(whole.Analysis), AllNumbers(cut.Analysis), 1e-9);
            Same.Numbers(whole.PreviousToken, cut.PreviousToken, 1e-12);
            Assert.Equal(whole.Patterns.Count, cut.Patterns.Count);
        }

        static double[] AllNumbers(BatchAnalysis analysis) => Leaves(JsonSerializer.SerializeToElement(analysis, Json.Options));

        static double[] Leaves(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Object => [.. element.EnumerateObject().SelectMany(property => Leaves(property.Value))],
            JsonValueKind.Array => [.. element.EnumerateArray().SelectMany(Leaves)],
            JsonValueKind.Number => [element.GetDouble()],
            JsonValueKind.Null => [double.NaN],
            _ => [],
        };
    }, odd => odd.Batch == 3);

    [Fact]
    public void Above_10000_paths_only_orders_up_to_2_are_listed()
    {
        using var scope = NewDisposeScope();
        var odd = new OddModel(Layers: 7, Heads: 3, DModel: 6, DHead: 2, Vocab: 7, Length: 6, Batch: 1, PositionKind.None, Normalization.None, false, false, 0, false, 3);
        var json = Document(ModelAnalysis.Run(odd.Weights(), Configuration(odd), new Dictionary<string, long[][]> { ["b"] = [[0, 1, 2, 1, 2, 3]] }));
        Assert.Equal(2, json.At("batches", "b", "paths_order").GetInt32());
        Assert.Equal(1 + 21 + 21 * 18 / 2, json.At("batches", "b", "paths").GetArrayLength());
    }

    [Fact]
    public void A_written_model_is_analyzed_with_the_same_numbers()
    {
        using var scope = NewDisposeScope();
        var shape = new ModelConfiguration { Layers = 2, Heads = 2, DModel = 7, DHead = 4, NCtx = 9, PositionScale = 1.5, LayerNorm = true, SmearedKeys = true };
        var weights = Model.RandomWeights.Pack(shape, 11, 2);
        var folder = Directory.CreateTempSubdirectory("analysis");
        try
        {
            var (model, tokens) = (Path.Combine(folder.FullName, "m.safetensors"), Path.Combine(folder.FullName, "t.json"));
            File.WriteAllBytes(model, ModelFile.Write(weights, 1, shape));
            File.WriteAllBytes(Path.ChangeExtension(model, ".config.json"), TransformerLensConfiguration.From(shape, 11).ToJson());
            File.WriteAllText(tokens, """{ "note": 1, "batches": { "b": [[0, 3, 1, 3, 1, 2]] } }""");
            var read = Document(ModelAnalysis.Run(model, tokens)).At("batches", "b");
            var direct = CircuitModel.Create(Kernels.Model.ModelWeightsExtensions.Member(weights, 1), CircuitConfiguration.From(shape, 11));
            var trace = ForwardPass.Run(direct, tensor(new long[] { 0, 3, 1, 3, 1, 2 }, [1, 6]));
            Same.Numbers(Unembedding.LossPerToken(direct, trace).Values(), read.GetProperty("loss_per_token").Flat(), 1e-12);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Patterns_are_drawn_one_file_per_head_inside_the_folder()
    {
        var folder = Directory.CreateTempSubdirectory("patterns");
        try
        {
            AttentionPattern[] patterns = [new("../../evil <x>", 0, 1, [0, 1], [[1, 0], [0.25f, 0.75f]]), new("..-..-evil -x-", 0, 1, [0, 1], [[1, 0], [0.5f, 0.5f]])];
            var files = PatternSvg.Write(patterns, folder.FullName);
            Assert.Equal(2, files.Distinct().Count());
            Assert.All(files, file => Assert.Equal(folder.FullName, Path.GetDirectoryName(Path.GetFullPath(file))));
            var svg = System.Xml.Linq.XDocument.Load(files[0]);
            Assert.Equal(["1", "0.25", "0.75"], svg.Descendants().Select(node => node.Attribute("fill-opacity")?.Value).OfType<string>());
            Assert.Contains('@', AnalysisText.Draw(patterns[0]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static TransformerLensConfiguration Configuration(OddModel odd) => new()
    {
        NLayers = odd.Layers,
        DModel = odd.DModel,
        NCtx = odd.Length + 1,
        DHead = odd.DHead,
        NHeads = odd.Heads,
        DVocab = odd.Vocab,
        AttnScale = odd.Configuration.AttentionScale,
        NormalizationType = odd.Normalization switch { Normalization.LayerNorm => "LN", Normalization.LayerNormPre => "LNPre", _ => null },
        PositionalEmbeddingType = odd.Positions switch { PositionKind.Shortformer => "shortformer", PositionKind.Learned => "standard", PositionKind.Rotary => "rotary", _ => "none" },
        RotaryDim = odd.RotaryDimensions,
        RotaryBase = 100,
        RotaryAdjacentPairs = odd.AdjacentPairs,
    };

    private static JsonElement Document(AnalysisResult result) =>
        JsonSerializer.SerializeToElement(Assert.IsType<AnalysisResult.Done>(result).Document, Json.Options);

    private static IEnumerable<string> Keys(JsonElement element) => element.EnumerateObject().Select(property => property.Name);

    private static double[] Numbers(JsonElement rows, string key) => [.. rows.EnumerateArray().Select(row => row.GetProperty(key).GetDouble())];
}
