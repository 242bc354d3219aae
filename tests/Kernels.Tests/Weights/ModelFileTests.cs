using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Kinds;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Tests.Fixtures;
using Orchestrator.Kernels.Tests.Model;
using Orchestrator.Kernels.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Weights;

public sealed class ModelFileTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly string _folder = Directory.CreateTempSubdirectory("orchestrator-model-").FullName;

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void A_TransformerLens_file_is_read_into_a_pack_of_one(string name)
    {
        var (configuration, weights) = ModelFile.Read(Fixture.Path($"{name}.safetensors"));
        Assert.Equal((2, 4, 32, 8, 32, 50), (configuration.NLayers, configuration.NHeads, configuration.DModel, configuration.DHead, configuration.NCtx, configuration.DVocab));
        Assert.Equal(Math.Sqrt(8), configuration.ScoreDivisor(), 1e-12);
        Assert.Equal([1, 50, 32], weights.W_E.shape);
        Assert.Equal([1, 32, 32], weights.Layers[1].W_Q.shape);
        Assert.All(weights.Layers, layer => Assert.Null(layer.B_Q));
        Assert.Null(weights.B_U);
        // Head 2's query matrix in the file is columns 16..23 here; its output matrix is rows 16..23.
        using var reader = SafetensorsReader.Open(Fixture.Path($"{name}.safetensors"));
        Assert.True(weights.Layers[0].W_Q[0].narrow(1, 16, 8).Equals(reader.Read("blocks.0.attn.W_Q", 4, 32, 8)[2]));
        Assert.True(weights.Layers[0].W_O[0].narrow(0, 16, 8).Equals(reader.Read("blocks.0.attn.W_O", 4, 8, 32)[2]));
    }

    public static TheoryData<PositionKind, bool, bool, int> Shapes => new()
    {
        { PositionKind.Shortformer, false, false, 2 }, { PositionKind.None, true, false, 1 }, { PositionKind.Learned, false, true, 3 },
        { PositionKind.Rotary, true, true, 2 }, { PositionKind.Shortformer, true, false, 0 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_written_model_is_read_back_and_stands_alone(PositionKind positions, bool layerNorm, bool smeared, int layers)
    {
        var shape = new ModelConfiguration { Layers = layers, Heads = 3, DModel = 8, DHead = 5, NCtx = 6, Positions = positions, PositionScale = 2, LayerNorm = layerNorm, SmearedKeys = smeared };
        var pack = RandomWeights.Pack(shape, vocab: 7, members: 2);
        var path = Save(ModelFile.Write(pack, 1, shape), TransformerLensConfiguration.From(shape, 7).ToJson());
        var read = ModelFile.Read(path);
        var tokens = tensor(new long[] { 0, 3, 1, 4, 6, 2 }, [1, 1, 6]);
        using var ours = new Transformer(shape);
        // Whoever reads it needs no scale: sinusoids are in W_pos.
        using var theirs = new Transformer(shape with { PositionScale = 1 });
        Assert.True(ours.Logits(pack.Member(1), tokens).Equals(theirs.Logits(read.Weights, tokens)));
        Assert.Equal(layers, read.Weights.Layers.Count);
        Assert.Equal(smeared && layers > 0, read.Weights.Layers.Any(layer => layer.SmearAlpha is not null));
        Assert.Equal(positions is PositionKind.Shortformer or PositionKind.Learned, read.Weights.W_pos is not null);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_trained_file_that_is_read_and_written_again_is_the_same_file(PositionKind positions, bool layerNorm, bool smeared, int layers)
    {
        var shape = new ModelConfiguration { Layers = layers, Heads = 2, DModel = 8, DHead = 4, NCtx = 8, Positions = positions, LayerNorm = layerNorm, SmearedKeys = smeared };
        var data = new DataConfiguration { Vocab = 7, Parts = [new RepeatedSegments { Shortest = 2, Longest = 3 }] };
        using var trainer = ModelKind.Trainer([new RunConfiguration { Model = shape, Data = data, Train = new TrainConfiguration { Steps = 2, Batch = 4 }, Seed = 1 }]);
        trainer.Step();
        var exported = trainer.Export(0);
        var read = ModelFile.Read(Save(exported, trainer.ExportConfiguration()));
        // Read again, sinusoids are vectors like learned ones: they are written as they stand.
        Assert.Equal(exported, ModelFile.Write(read.Weights, 0, shape, new Dictionary<string, string> { ["step"] = "1" }));
    }

    [Fact]
    public void Biases_that_are_not_zero_are_kept_and_used()
    {
        var shape = new ModelConfiguration { Layers = 1, Heads = 2, DModel = 8, DHead = 4, NCtx = 6 };
        var plain = RandomWeights.Pack(shape, vocab: 7, members: 1);
        var layer = plain.Layers[0];
        var biased = plain with { B_U = ones(1, 7) * 3, Layers = [layer with { B_O = ones(1, 8) * 0.5f, B_Q = arange(8, ScalarType.Float32).view(1, 8) }] };
        var read = ModelFile.Read(Save(ModelFile.Write(biased, 0, shape), TransformerLensConfiguration.From(shape, 7).ToJson())).Weights;
        Assert.Equal(biased.Layers[0].B_Q!.data<float>().ToArray(), read.Layers[0].B_Q!.data<float>().ToArray());
        Assert.Null(read.Layers[0].B_K);
        var tokens = tensor(new long[] { 0, 3, 1 }, [1, 1, 3]);
        using var model = new Transformer(shape);
        Assert.True(model.Logits(biased, tokens).Equals(model.Logits(read, tokens)));
        Assert.False(model.Logits(plain, tokens).Equals(model.Logits(read, tokens)));
    }

    [Theory]
    [InlineData("n_layers", "3", "'blocks.2.attn.W_Q' of shape [4, 32, 8] is missing")]
    [InlineData("n_layers", "1", "'blocks.1.attn.")]
    [InlineData("n_layers", "-1", "n_layers must be at least 0")]
    [InlineData("d_vocab", "51", "d_vocab_out must equal d_vocab (51)")]
    [InlineData("d_model", "31", "'embed.W_E' has shape [50, 32], expected [50, 31]")]
    [InlineData("d_head", "2000000000", "'blocks.0.attn.W_Q'")]
    [InlineData("n_ctx", "31", "'pos_embed.W_pos'")]
    [InlineData("n_heads", "0", "n_heads must be at least 1")]
    [InlineData("normalization_type", "\"LN\"", "'blocks.0.ln1.w' of shape [32] is missing")]
    [InlineData("normalization_type", "\"RMS\"", "normalization_type must be")]
    [InlineData("positional_embedding_type", "\"rotary\"", "'pos_embed.W_pos' is not zero")]
    [InlineData("positional_embedding_type", "\"alibi\"", "positional_embedding_type must be")]
    [InlineData("attn_only", "false", "attn_only must be true")]
    [InlineData("attention_dir", "\"bidirectional\"", "attention_dir must be causal")]
    [InlineData("attn_scale", "0", "attn_scale must be")]
    [InlineData("d_model", "\"wide\"", "is not a TransformerLens configuration")]
    [InlineData("d_vocab_out", "7", "d_vocab_out must equal d_vocab")]
    public void A_configuration_that_contradicts_the_weights_or_itself_is_refused(string key, string value, string rule)
    {
        var configuration = JsonNode.Parse(File.ReadAllBytes(Fixture.Path("tiny_l2.config.json")))!.AsObject();
        configuration[key] = JsonNode.Parse(value);
        var path = Save(File.ReadAllBytes(Fixture.Path("tiny_l2.safetensors")), Encoding.UTF8.GetBytes(configuration.ToJsonString()));
        Assert.Contains(rule, Assert.Throws<ModelFileException>(() => ModelFile.Read(path)).Message);
    }

    [Theory]
    [InlineData("scale_attn_by_inverse_layer_idx", "true", "false")]
    [InlineData("attn_scores_soft_cap", "30.0", "-1.0")]
    [InlineData("output_logits_soft_cap", "30.0", "-1")]
    [InlineData("use_local_attn", "true", "false")]
    [InlineData("use_qk_norm", "true", "false")]
    [InlineData("use_NTK_by_parts_rope", "true", "false")]
    [InlineData("use_yarn_rope", "true", "null")]
    [InlineData("rotary_scaling_factor", "8.0", "1.0")]
    [InlineData("final_rms", "true", "false")]
    [InlineData("uses_rms_norm", "true", "false")]
    [InlineData("layer_norm_folding", "true", "false")]
    [InlineData("post_embedding_ln", "true", "false")]
    [InlineData("use_normalization_before_and_after", "true", "false")]
    [InlineData("parallel_attn_mlp", "true", "false")]
    [InlineData("load_in_4bit", "true", "false")]
    [InlineData("n_key_value_heads", "2", "4")]
    [InlineData("original_architecture", "\"Olmo2ForCausalLM\"", "\"GPT2LMHeadModel\"")]
    public void A_key_that_changes_the_function_is_refused_unless_its_value_changes_nothing(string key, string changing, string neutral)
    {
        Assert.Contains($"{key} ({changing}; only ", Refusal(configuration => configuration[key] = JsonNode.Parse(changing)));
        Assert.Null(Refusal(configuration => configuration[key] = JsonNode.Parse(neutral)));
        Assert.Null(Refusal(configuration => configuration[key] = null));
    }

    [Fact]
    public void Keys_that_change_nothing_are_read_over_and_unknown_ones_are_refused_all_in_one_message()
    {
        Assert.Null(Refusal(configuration => (configuration["model_name"], configuration["act_fn"], configuration["seed"], configuration["window_size"]) = ("mine", "relu", 3, 4)));

        var refusal = Refusal(configuration => (configuration["attn_scores_soft_cap"], configuration["use_local_attn"], configuration["alibi_slopes"], configuration["D_model"]) = (5, true, 1, 32));

        Assert.Contains("attn_scores_soft_cap (5; only -1.0 is supported), use_local_attn (true; only false is supported)", refusal);
        Assert.Contains("these keys are not known, and they may change what the model computes: alibi_slopes, D_model", refusal);
    }

    [Theory]
    [InlineData("""{ "n_layers": 0, "d_model": 4, "n_ctx": 4, "d_head": 4, "n_heads": 1, "d_vocab": 3, "n_layers": 1 }""", "n_layers")]
    [InlineData("""{ "n_layers": 0, "d_model": 4, "n_ctx": 4, "d_head": 4, "n_heads": 1, "d_vocab": 3, "\ud800": 1 }""", "is not a TransformerLens configuration")]
    [InlineData("[]", "must be a JSON object of TransformerLens' keys, found array")]
    [InlineData("null", "must be a JSON object of TransformerLens' keys, found null")]
    public void A_configuration_that_is_ambiguous_or_no_object_is_refused(string json, string rule) =>
        Assert.Contains(rule, Assert.Throws<ModelFileException>(() => TransformerLensConfiguration.Parse(Encoding.UTF8.GetBytes(json), "c")).Message);

    [Fact]
    public void A_missing_model_is_named_and_not_its_configuration()
    {
        var message = Assert.Throws<ModelFileException>(() => ModelFile.Read(Path.Combine(_folder, "absent.safetensors"))).Message;
        Assert.Contains("absent.safetensors: the file does not exist", message);
        Assert.DoesNotContain("config", message);
    }

    [Fact]
    public void A_model_or_configuration_that_is_no_regular_file_is_refused_by_name()
    {
        var path = Save(File.ReadAllBytes(Fixture.Path("tiny_l2.safetensors")), []);
        Assert.Contains("/dev/zero: this is a device", Assert.Throws<ModelFileException>(() => ModelFile.Read("/dev/zero")).Message);
        Assert.Contains("/dev/zero: the model's configuration: this is a device", Assert.Throws<ModelFileException>(() => ModelFile.Read(path, "/dev/zero")).Message);
    }

    private string? Refusal(Action<JsonObject> change)
    {
        var configuration = JsonNode.Parse(File.ReadAllBytes(Fixture.Path("tiny_l2.config.json")))!.AsObject();
        change(configuration);
        var path = Save(File.ReadAllBytes(Fixture.Path("tiny_l2.safetensors")), Encoding.UTF8.GetBytes("\uFEFF" + configuration.ToJsonString()));
        try
        {
            ModelFile.Read(path);
            return null;
        }
        catch (ModelFileException refused)
        {
            return refused.Message;
        }
    }

    [Fact]
    public void A_missing_configuration_is_named()
    {
        var path = Path.Combine(_folder, "alone.safetensors");
        File.Copy(Fixture.Path("tiny_l2.safetensors"), path);
        Assert.Contains("alone.config.json", Assert.Throws<ModelFileException>(() => ModelFile.Read(path)).Message);
    }

    [Theory]
    [InlineData("null", "null", 8, 2.8284271247461903)]
    [InlineData("true", "-1", 16, 4.0)]
    [InlineData("true", "3.5", 16, 3.5)]
    [InlineData("false", "3.5", 16, 1.0)]
    public void Scores_are_divided_as_the_keys_say(string use, string scale, int dHead, double expected)
    {
        var json = $$"""{ "n_layers": 0, "d_model": 4, "n_ctx": 4, "d_head": {{dHead}}, "n_heads": 1, "d_vocab": 3, "attn_scale": {{scale}}{{(use == "null" ? "" : $", \"use_attn_scale\": {use}")}} }""";
        Assert.Equal(expected, TransformerLensConfiguration.Parse(Encoding.UTF8.GetBytes(json), "c").ScoreDivisor(), 1e-12);
    }

    private string Save(byte[] weights, byte[] configuration)
    {
        var path = Path.Combine(_folder, "m.safetensors");
        File.WriteAllBytes(path, weights);
        File.WriteAllBytes(Path.Combine(_folder, "m.config.json"), configuration);
        return path;
    }
}
