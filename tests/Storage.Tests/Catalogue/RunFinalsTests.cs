using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Storage.Tests.Catalogue;

public sealed class RunFinalsTests
{
    [Fact]
    public void Finals_that_an_older_build_stored_are_read_with_all_their_metrics()
    {
        var read = JsonSerializer.Deserialize<RunFinals>("""
            {"final_loss":1.25,"icl_score":null,"prefix_matching_max":0.5,"induction_heads":2,"k_excess_max":0.3,"transition_after":100,"transition_step":123.5,"transition_by":200,
             "icl_transition_step":null,"superposition":{"features_represented":11,"dimensions_per_feature":null,"mean_dimensionality":0.5},"q_excess_max":-0.02,"v_excess_max":null,"terms":null}
            """, Json.Options);

        var expected = new RunFinals
        {
            Metrics = new Dictionary<string, double>
            {
                ["final_loss"] = 1.25,
                ["prefix_matching_max"] = 0.5,
                ["k_composition_excess_max"] = 0.3,
                ["q_composition_excess_max"] = -0.02,
                ["features_represented"] = 11,
                ["mean_dimensionality"] = 0.5,
            },
            InductionHeads = 2,
            TransitionAfter = 100,
            TransitionStep = 123.5,
            TransitionBy = 200,
        };
        Assert.Equal(expected, read);
        Assert.Equal(expected, JsonSerializer.Deserialize<RunFinals>(JsonSerializer.Serialize(read, Json.Options), Json.Options));
    }
}
