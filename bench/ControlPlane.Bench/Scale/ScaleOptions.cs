using System.Globalization;

namespace Orchestrator.ControlPlane.Bench.Scale;

/// <summary>What is simulated.</summary>
internal sealed record ScaleOptions
{
    /// <summary>The points of the curve.</summary>
    public IReadOnlyList<int> Slots { get; init; } = [10, 100, 1_000];

    /// <summary>Slots of one worker.</summary>
    public int SlotsPerWorker { get; init; } = 10;

    /// <summary>How long a run takes on the mean; each takes between three and five quarters of it.</summary>
    public TimeSpan RunTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>As of <c>orchestrator worker</c>.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Length of the measurement, after every slot was filled.</summary>
    public TimeSpan Measure { get; init; } = TimeSpan.FromSeconds(90);

    public static ScaleOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new ScaleOptions();
        for (var i = 0; i + 1 < arguments.Count; i += 2)
        {
            var value = arguments[i + 1];
            options = arguments[i] switch
            {
                "--slots" => options with { Slots = [.. value.Split(',').Select(Number)] },
                "--slots-per-worker" => options with { SlotsPerWorker = Number(value) },
                "--seconds" => options with { RunTime = TimeSpan.FromSeconds(Number(value)) },
                "--checkpoint-every" => options with { CheckpointEvery = TimeSpan.FromSeconds(Number(value)) },
                "--measure" => options with { Measure = TimeSpan.FromSeconds(Number(value)) },
                _ => throw new ArgumentException($"{arguments[i]}: one of --slots, --slots-per-worker, --seconds, --checkpoint-every, --measure"),
            };
        }
        return options;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
