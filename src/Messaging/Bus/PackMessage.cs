using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Contracts.Work;

namespace Orchestrator.Messaging.Bus;

/// <summary>
/// A pack on the wire. Sent as it is, a pack with the polymorphic configuration of its runs never left the bus library (the send
/// did not return; the cause was not found); so the library sees a flat message, and the pack inside is our own JSON.
/// </summary>
/// <param name="PackId">The pack.</param>
/// <param name="Body">The pack as JSON: members differ in little more than their seeds, so what they share is written once.</param>
public sealed record PackMessage(string PackId, string Body)
{
    internal static PackMessage From(TrainPack pack)
    {
        var (configurations, plans) = (new Shared<RunConfiguration>(), new Shared<RunPlan>());
        Member[] runs =
        [
            .. pack.Runs.Select(r => new Member(
                r.Run, r.SweepId, r.Configuration.Seed, configurations.Number(r.Configuration with { Seed = 0 }), plans.Number(r.Plan), r.TraceParent)),
        ];
        return new PackMessage(pack.PackId, JsonSerializer.Serialize(new Contents(configurations.Values, plans.Values, runs), Json.Options));
    }

    internal TrainPack Read()
    {
        var contents = JsonSerializer.Deserialize<Contents>(Body, Json.Options) ?? throw new JsonException($"pack {PackId} is empty");
        return new TrainPack(PackId, [.. contents.Runs.Select(r => new RunAssignment(
            r.Run, r.SweepId, contents.Configurations[r.Configuration] with { Seed = r.Seed }, contents.Plans[r.Plan], r.TraceParent))]);
    }

    private sealed record Contents(IReadOnlyList<RunConfiguration> Configurations, IReadOnlyList<RunPlan> Plans, IReadOnlyList<Member> Runs);

    private sealed record Member(RunAttempt Run, string SweepId, ulong Seed, int Configuration, int Plan, string? TraceParent);

    /// <summary>Values that are equal as JSON under one number: records compare their lists by reference.</summary>
    private sealed class Shared<T>
    {
        private readonly Dictionary<string, int> _numbers = [];

        public List<T> Values { get; } = [];

        public int Number(T value)
        {
            var text = JsonSerializer.Serialize(value, Json.Options);
            if (!_numbers.TryGetValue(text, out var number))
            {
                _numbers[text] = number = Values.Count;
                Values.Add(value);
            }
            return number;
        }
    }
}
