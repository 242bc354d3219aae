using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Storage.Facts;

namespace Orchestrator.Storage.Tests.Facts;

public sealed class HeadRolesTests
{
    private static readonly ModelConfiguration Model = new() { Layers = 1, Heads = 1, DModel = 16, DHead = 16, NCtx = 8 };

    [Theory]
    [InlineData(0.4, 0.1, 0.9, 0.9, 3.0, "induction")]
    [InlineData(0.4, -0.1, 0.9, 0.9, 3.0, "previous_token")]  // moves, but does not copy
    [InlineData(0.39, 0.1, 0.4, 0.9, 3.0, "previous_token")]
    [InlineData(0.39, 0.1, 0.39, 0.4, 3.0, "duplicate_token")]
    [InlineData(0.39, 0.1, 0.39, 0.39, 2.0, "copying")]
    [InlineData(0.39, 0.1, 0.39, 0.39, 1.9, "none")]
    [InlineData(double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, "none")]
    public void The_first_role_that_holds_is_a_heads_role(double prefix, double copying, double previous, double duplicate, double z, string role)
    {
        var vector = MetricVector.Undefined(MetricLayout.For(Model, [Measure.Heads]));
        foreach (var (metric, value) in new[] { ("prefix_matching", prefix), ("ov_copying", copying), ("previous_token", previous), ("duplicate_token", duplicate), ("ov_copying_z", z) })
        {
            vector.Set("heads", 0, metric, value);
        }

        Assert.Equal(role, HeadRoles.Of(vector, 0, threshold: 0.4));
    }

    [Fact]
    public void A_head_that_was_not_measured_has_no_role() => Assert.Null(HeadRoles.Of(MetricVector.Undefined(MetricLayout.For(Model, [])), 0, 0.4));
}
