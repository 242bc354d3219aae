using Orchestrator.Kernels.Kinds;
using Orchestrator.Kernels.Model;

namespace Orchestrator.Kernels.Tests.Training;

public sealed class InductionFormsTests
{
    [Theory]
    [InlineData(2, 0.4, 1.0)]
    [InlineData(1, 0.0, 0.2)]
    public void Two_layers_grow_an_induction_head_in_300_steps_and_one_layer_does_not(int layers, double least, double most)
    {
        using var trainer = ModelKind.Trainer([Runs.Quickstart(layers, seed: 0), Runs.Quickstart(layers, seed: 1)]);
        while (!trainer.Done)
        {
            trainer.Step();
        }
        for (var member = 0; member < 2; member++)
        {
            Assert.InRange(InductionCheck.MaxPrefixMatching(Runs.Shape(layers), ParameterLayout.Arrange(Runs.Shape(layers), trainer.Weights(member)), trainer.Shape.Vocab), least, most);
        }
    }
}
