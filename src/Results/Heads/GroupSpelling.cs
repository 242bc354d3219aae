using System.Globalization;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Specification;

namespace Orchestrator.Results.Heads;

/// <summary>
/// Which group a head belongs to, as a text that is the same for heads of one group and no others: there are a hundred thousand heads and a few groups, whose values are
/// read once each (<see cref="RunKeys"/>).
/// </summary>
internal sealed class GroupSpelling(Sweep specification, IReadOnlyList<string> keys)
{
    private readonly Dictionary<int, string> _points = []; // runs of one point differ in their seed alone

    private readonly bool _bySeed = keys.Contains("seed");

    private readonly (string Name, (string Metric, bool InLayer)? Rank)[] _ofHead =
        [.. keys.Select(key => (key, GroupKeys.Rank(key))).Where(key => key.key is "layer" or "head" or "role" || key.Item2 is not null)];

    /// <summary>Of heads of one run; without a snapshot they have no role and no rank.</summary>
    public IEnumerable<string> Of(int index, RunConfiguration run, IEnumerable<int> heads, MetricVector? vector)
    {
        if (!_points.TryGetValue(index % specification.GridPoints, out var point))
        {
            string[] configured = [.. keys.Where(key => key != "seed" && _ofHead.All(own => own.Name != key))];
            _points[index % specification.GridPoints] = point = string.Join('\u001f', RunKeys.Read(run, 0, configured, null).Values.Select(value => value.GetRawText()));
        }
        var ofRun = $"{point}\u001e{(_bySeed ? run.Seed.ToString(CultureInfo.InvariantCulture) : "")}";
        var snapshot = vector is null ? null : new HeadKeys(vector, specification.HeadThreshold);
        return heads.Select(head => _ofHead.Aggregate(ofRun, (all, key) => $"{all}\u001f{key switch
        {
            { Name: "layer" } => head / run.Model.HeadsPerLayer,
            { Name: "head" } => head % run.Model.HeadsPerLayer,
            { Rank: var (metric, inLayer) } => snapshot?.Rank(head, metric, inLayer),
            _ => (object?)snapshot?.Role(head),
        }}"));
    }
}
