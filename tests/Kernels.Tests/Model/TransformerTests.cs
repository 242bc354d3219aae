using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Tests.Fixtures;
using Orchestrator.Kernels.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Model;

public sealed class TransformerTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Fixture.Names), MemberType = typeof(Fixture))]
    public void Logits_and_losses_are_those_of_TransformerLens(string name)
    {
        var file = ModelFile.Read(Fixture.Path($"{name}.safetensors"));
        var shape = new ModelConfiguration
        {
            Layers = 2,
            Heads = 4,
            DModel = 32,
            DHead = 8,
            NCtx = 32,
            Positions = file.Configuration.PositionalEmbeddingType == "shortformer" ? PositionKind.Shortformer : PositionKind.Learned,
        };
        using var model = new Transformer(shape);
        foreach (var batch in Fixture.Reference(name).GetProperty("forward").EnumerateObject())
        {
            var tokens = Fixture.Tokens(name, batch.Name);
            var logits = model.Logits(file.Weights, tokens);
            Assert.Equal(batch.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64()), logits.shape[1..]);
            foreach (var row in batch.Value.GetProperty("rows").EnumerateArray())
            {
                var ours = logits[0][row.GetProperty("b").GetInt32()][row.GetProperty("pos").GetInt32()].data<float>().ToArray();
                foreach (var (u, value) in row.GetProperty("logits").EnumerateArray().Index())
                {
                    Assert.Equal(value.GetDouble(), ours[u], 1e-4);
                }
            }
            var losses = model.TokenLosses(file.Weights, tokens).data<float>().ToArray();
            var expected = batch.Value.GetProperty("loss_per_token").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(value => value.GetDouble()).ToArray();
            Assert.Equal(expected.Length, losses.Length);
            Assert.All(expected.Zip(losses), pair => Assert.Equal(pair.First, pair.Second, 5e-5));
        }
    }

    public static TheoryData<PositionKind, bool, bool, int, int, int> Shapes => new()
    {
        { PositionKind.Shortformer, false, false, 2, 2, 4 },
        { PositionKind.None, false, false, 1, 3, 5 },
        { PositionKind.Learned, false, false, 3, 2, 4 },
        { PositionKind.Rotary, false, false, 2, 2, 6 },
        { PositionKind.Rotary, true, true, 2, 2, 5 },
        { PositionKind.Shortformer, true, false, 2, 4, 3 },
        { PositionKind.Shortformer, false, true, 1, 2, 4 },
        { PositionKind.None, false, false, 0, 1, 4 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_member_of_a_pack_computes_what_the_definition_says(PositionKind positions, bool layerNorm, bool smeared, int layers, int heads, int dHead)
    {
        var shape = new ModelConfiguration
        {
            Layers = layers,
            Heads = heads,
            DModel = 10,
            DHead = dHead,
            NCtx = 9,
            Positions = positions,
            PositionScale = 1.5,
            LayerNorm = layerNorm,
            SmearedKeys = smeared,
        };
        var weights = RandomWeights.Pack(shape, vocab: 7, members: 3);
        var ids = Enumerable.Range(0, 3 * 2 * 8).Select(n => (long)(n * 5 + n / 3) % 7).ToArray();
        using var model = new Transformer(shape);
        var logits = model.Logits(weights, tensor(ids, [3, 2, 8]));
        Assert.Equal([3, 2, 8, 7], logits.shape);
        for (var sequence = 0; sequence < 6; sequence++)
        {
            var expected = new NaiveTransformer(shape, weights, sequence / 2).Logits(ids[(sequence * 8)..(sequence * 8 + 8)]);
            var ours = logits[sequence / 2][sequence % 2].contiguous().data<float>().ToArray();
            Assert.All(expected.SelectMany(row => row).Zip(ours), pair => Assert.Equal(pair.First, pair.Second, 2e-4));
        }
    }

    [Fact]
    public void A_loss_is_the_negative_log_probability_of_the_token_that_follows()
    {
        var shape = new ModelConfiguration { Layers = 1, Heads = 2, DModel = 8, DHead = 4, NCtx = 6 };
        var weights = RandomWeights.Pack(shape, vocab: 5, members: 1);
        long[] ids = [0, 3, 1, 4, 1, 2];
        using var model = new Transformer(shape);
        var losses = model.TokenLosses(weights, tensor(ids, [1, 1, 6])).data<float>().ToArray();
        var logits = new NaiveTransformer(shape, weights, 0).Logits(ids);
        Assert.Equal(5, losses.Length);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(Math.Log(logits[i].Sum(Math.Exp)) - logits[i][ids[i + 1]], losses[i], 1e-4);
        }
    }

    [Fact]
    public void No_position_sees_a_later_token()
    {
        var shape = new ModelConfiguration { Layers = 2, Heads = 2, DModel = 8, DHead = 4, NCtx = 6, SmearedKeys = true };
        var weights = RandomWeights.Pack(shape, vocab: 5, members: 1);
        using var model = new Transformer(shape);
        var before = model.Logits(weights, tensor(new long[] { 0, 3, 1, 4, 1, 2 }, [1, 1, 6])).narrow(2, 0, 3).contiguous().data<float>().ToArray();
        var after = model.Logits(weights, tensor(new long[] { 0, 3, 1, 2, 2, 4 }, [1, 1, 6])).narrow(2, 0, 3).contiguous().data<float>().ToArray();
        Assert.Equal(before, after);
    }
}
