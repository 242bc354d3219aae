using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Measures;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Tests.Measures;

[Collection("circuits")]
public sealed class FeatureMeasurementTests
{
    public static TheoryData<string, double[], int, double> Arrangements => new()
    {
        { "orthonormal", [1, 0, 0, 1], 2, 1.0 },
        { "antipodal pair", [1, -1, 0, 0], 2, 0.5 },
        { "pentagon", [.. Angles(5).Select(Math.Cos), .. Angles(5).Select(Math.Sin)], 5, 0.4 },
        { "an antipodal pair and nothing else", [1, -1, 0, 0, 0, 0, 0, 0], 4, 0.5 },
    };

    [Theory]
    [MemberData(nameof(Arrangements))]
    public void Known_arrangements_have_their_closed_forms(string name, double[] W, int features, double dimensionality)
    {
        var represented = name.EndsWith("else") ? 2 : features;
        var vector = Measured(W, features, relu: true);
        Assert.Equal(represented, vector.Get("superposition", 0, "features_represented"));
        Assert.Equal(dimensionality, vector.Get("superposition", 0, "mean_dimensionality")!.Value, 1e-6);
        Assert.Equal(dimensionality * represented, vector.Get("superposition", 0, "dimensionality_sum")!.Value, 1e-5);
        Assert.Equal(represented, vector.Get("superposition", 0, "squared_norm")!.Value, 1e-5);
        Assert.Equal(2.0 / represented, vector.Get("superposition", 0, "dimensions_per_feature")!.Value, 1e-6);
        Assert.Equal(1, vector.Get("features", 0, "norm")!.Value, 1e-6);
        Assert.Equal(dimensionality, vector.Get("features", 0, "dimensionality")!.Value, 1e-6);
        Assert.Equal(1 / dimensionality - 1, vector.Get("features", 0, "interference")!.Value, 1e-5);
        Assert.Equal(represented == features, vector.Get("features", features - 1, "norm") > 0.5);
        Assert.Equal(represented == features, vector.Get("features", features - 1, "interference") is not null);
    }

    [Fact]
    public void The_loss_of_a_linear_model_that_keeps_everything_is_zero_and_of_one_that_keeps_nothing_the_mean_square()
    {
        Assert.Equal(0, Measured([1, 0, 0, 1], 2, relu: false).Get("run", 0, "loss")!.Value, 1e-9);
        var nothing = Measured([0, 0, 0, 0], 2, relu: true);
        Assert.Equal(0.4 / 3 * (1 + 0.5), nothing.Get("run", 0, "loss")!.Value, 5e-3); // (1 - S) E[u^2] sum of I_k
        Assert.Equal(0, nothing.Get("superposition", 0, "features_represented"));
        Assert.Null(nothing.Get("superposition", 0, "mean_dimensionality"));
        Assert.Null(nothing.Get("superposition", 0, "dimensions_per_feature"));
        Assert.Null(nothing.Get("run", 0, "icl_score"));
    }

    [Fact]
    public void A_toy_has_no_section_of_heads_and_a_transformers_other_layouts_do_not_move()
    {
        var toy = MetricLayout.For(new ReluToy { Features = 7, Hidden = 2 }, [Measure.Heads, Measure.Superposition]);
        Assert.Equal(["run", "superposition", "features"], toy.Sections.Select(section => section.Name));
        Assert.Equal(9 + 8 + 7 * 3, toy.Length);
        var model = new ModelConfiguration { Layers = 2, Heads = 3, DModel = 8, DHead = 2, NCtx = 24 };
        var before = MetricLayout.For(model, Contracts.Metrics.Measures.ByDefault(model));
        Assert.Equal(["run", "heads", "pairs", "terms", "layer_terms", "index_losses"], before.Sections.Select(section => section.Name));
        Assert.Equal(9 + 6 * (14 + 6 + 9 + 4 + 4) + 9 * 12 + 2 * (3 + 2 + 23), before.Length); // errors beside what is taken on sequences
    }

    private static IEnumerable<double> Angles(int corners) => Enumerable.Range(0, corners).Select(k => 2 * Math.PI * k / corners);

    private static MetricVector Measured(double[] W, int features, bool relu)
    {
        using var scope = NewDisposeScope();
        var model = new ReluToy { Features = features, Hidden = 2, Relu = relu, Importance = 0.5 };
        using var measurement = new FeatureMeasurement(model, new SparseFeatures { Sparsity = 0.6 }, [Measure.Superposition]);
        return measurement.Measure(new Dictionary<string, Tensor>
        {
            ["W"] = tensor([.. W.Select(value => (float)value)], [1, 2, features]),
            ["b"] = zeros(1, features),
        })[0];
    }
}
