using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Contracts.Tests.Metrics;

public sealed class MetricVectorTests
{
    private static readonly MetricLayout Layout = MetricLayout.For(new ModelConfiguration { Layers = 1, Heads = 3, DModel = 6, DHead = 2, NCtx = 8 }, [Measure.Heads]);

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(1e300)]     // infinite as float32
    public void A_value_that_is_not_finite_is_undefined_wherever_it_is_read(double value)
    {
        var vector = MetricVector.Undefined(Layout);
        vector.Set("heads", 0, "prefix_matching", 0.25);
        vector.Set("heads", 1, "prefix_matching", value);

        var read = MetricVector.FromBytes(Layout, vector.ToBytes());

        Assert.Null(read.Get("heads", 1, "prefix_matching"));
        Assert.Equal([0.25], read.Column("heads", "prefix_matching"));
        Assert.Equal(0.25, read.Max("heads", "prefix_matching"));
        Assert.Equal(0.25, new MetricSource("heads", "prefix_matching").Read(read));
    }
}
