using System.Globalization;

namespace Orchestrator.Results.DuckDb;

/// <summary>A set of run numbers, kept as ranges: the runs of a segment mostly follow each other.</summary>
internal sealed class RunSet
{
    private readonly (int From, int To)[] _ranges; // both ends belong to it; apart from each other, in order

    private RunSet((int From, int To)[] ranges) => _ranges = ranges;

    public static RunSet Empty { get; } = new([]);

    public int Count => _ranges.Sum(range => range.To - range.From + 1);

    public IEnumerable<int> Runs => _ranges.SelectMany(range => Enumerable.Range(range.From, range.To - range.From + 1));

    public static RunSet Of(IEnumerable<int> runs) => Joined(runs.Order().Select(run => (run, run)));

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static RunSet Parse(string text) => new([.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(range =>
    {
        var ends = range.Split('-');
        return (int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[^1], CultureInfo.InvariantCulture));
    })]);

    public RunSet And(RunSet other)
    {
        var both = new List<(int From, int To)>();
        for (int i = 0, j = 0; i < _ranges.Length && j < other._ranges.Length;)
        {
            var (from, to) = (Math.Max(_ranges[i].From, other._ranges[j].From), Math.Min(_ranges[i].To, other._ranges[j].To));
            if (from <= to)
            {
                both.Add((from, to));
            }
            if (_ranges[i].To < other._ranges[j].To)
            {
                i++;
            }
            else
            {
                j++;
            }
        }
        return new([.. both]);
    }

    public RunSet Or(RunSet other) => Joined(_ranges.Concat(other._ranges).OrderBy(range => range.From));

    public RunSet Except(RunSet other)
    {
        int[] starts = [0, .. other._ranges.Select(range => range.To + 1)];
        int[] ends = [.. other._ranges.Select(range => range.From - 1), int.MaxValue];
        return And(new([.. starts.Zip(ends).Where(gap => gap.First <= gap.Second)]));
    }

    /// <summary>Like <c>0-9,12</c>.</summary>
    public override string ToString() => string.Join(',', _ranges.Select(range => range.From == range.To
        ? range.From.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{range.From}-{range.To}")));

    private static RunSet Joined(IEnumerable<(int From, int To)> ordered)
    {
        var ranges = new List<(int From, int To)>();
        foreach (var range in ordered)
        {
            if (ranges.Count > 0 && range.From <= ranges[^1].To + 1)
            {
                ranges[^1] = (ranges[^1].From, Math.Max(range.To, ranges[^1].To));
            }
            else
            {
                ranges.Add(range);
            }
        }
        return new([.. ranges]);
    }
}
