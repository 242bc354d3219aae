using CsCheck;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Circuits;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Tests.Model;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Circuits;

/// <summary>Two programs, one model: the packed pass that trains and the instrumented one that is taken apart.</summary>
[Collection("circuits")]
public sealed class TrainingPassTests
{
    [Fact]
    public void The_training_pass_and_the_instrumented_one_give_the_same_losses() =>
        (from layers in Gen.Int[0, 3]
         from heads in Gen.Int[1, 3]
         from d in Gen.Int[2, 12]
         from e in Gen.Int[1, 6]
         from positions in Gen.Enum<PositionKind>()
         from norm in Gen.Bool
         from smeared in Gen.Bool
         select new ModelConfiguration { Layers = layers, Heads = heads, DModel = d, DHead = e, NCtx = 9, Positions = positions, PositionScale = 1.3, LayerNorm = norm, SmearedKeys = smeared })
        .Sample(shape =>
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var pack = RandomWeights.Pack(shape, vocab: 7, members: 2);
            var ids = tensor([.. Enumerable.Range(0, 2 * 3 * 8).Select(n => (long)(n * 5 + n / 3) % 7)], [2, 3, 8]);
            using var transformer = new Transformer(shape);
            var trained = transformer.TokenLosses(pack, ids);
            for (var member = 0; member < 2; member++)
            {
                var model = CircuitModel.Create(pack.Member(member), CircuitConfiguration.From(shape, 7));
                var losses = Unembedding.LossPerToken(model, ForwardPass.Run(model, ids[member])).Values();
                // Weights of this size make losses of tens of nats: float32 against float64.
                Same.Numbers([.. losses.Select(_ => 0.0)], [.. losses.Zip(trained[member].Values(), (own, packed) => (packed - own) / (1 + Math.Abs(own)))], 2e-4);
            }
        }, iter: 80, threads: 1);
}
