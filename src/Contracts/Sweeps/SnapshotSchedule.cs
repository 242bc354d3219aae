namespace Orchestrator.Contracts.Sweeps;

/// <summary>At which steps weights are kept and measured. Exactly one of the three is set; step 0 and the last step always belong.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.snapshot-schedule")]
public sealed record SnapshotSchedule
{
    /// <summary>Every so many steps.</summary>
    [Id(0)] public int? Every { get; init; }
    /// <summary>So many steps, evenly spaced in the logarithm.</summary>
    [Id(1)] public int? Log { get; init; }
    /// <summary>At these steps.</summary>
    [Id(2)] public IReadOnlyList<int>? At { get; init; }

    /// <summary>The steps in ascending order for a run of <paramref name="steps"/> optimizer steps.</summary>
    public IReadOnlyList<int> Steps(int steps)
    {
        IEnumerable<int> wanted = (Every, Log, At) switch
        {
            ({ } every, _, _) => Enumerable.Range(1, steps / every).Select(k => k * every),
            (_, { } count, _) => Enumerable.Range(0, count).Select(k => (int)Math.Round(Math.Pow(steps, count == 1 ? 1.0 : (double)k / (count - 1)))),
            (_, _, { } at) => at,
            _ => [],
        };
        return [.. wanted.Append(0).Append(steps).Where(step => step >= 0 && step <= steps).Distinct().Order()];
    }
}
