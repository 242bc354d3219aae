using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Sections;

/// <summary>
/// The seeds of a sweep in order, as ranges: <c>0..4</c> (both ends belong), one number, or a list of both. A million seeds
/// take no room.
/// </summary>
internal sealed class SeedSet
{
    private const string Fix = "write a range such as 0..4, a number, or a list of both";

    private readonly List<(ulong From, ulong To)> _ranges;
    private readonly UInt128[] _starts;

    private SeedSet(List<(ulong From, ulong To)> ranges)
    {
        _ranges = ranges;
        _starts = new UInt128[ranges.Count];
        foreach (var (range, i) in ranges.Select((range, i) => (range, i)))
        {
            _starts[i] = Count;
            Count += Length(range);
        }
    }

    /// <summary>The one seed 0.</summary>
    public static SeedSet Default { get; } = new([(0, 0)]);

    public UInt128 Count { get; }

    public ulong At(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((UInt128)index, Count, nameof(index));
        var found = Array.BinarySearch(_starts, (UInt128)index);
        var range = found >= 0 ? found : ~found - 1;
        return _ranges[range].From + (ulong)((UInt128)index - _starts[range]);
    }

    public JsonNode ToJson() => _ranges is [var only]
        ? Json(only)
        : new JsonArray([.. _ranges.Select(Json)]);

    public static SeedSet? Read(Node node, string path, Findings findings)
    {
        var items = node is SequenceNode list ? list.Items : [node];
        if (items.Count == 0)
        {
            findings.Add(path, node, "there is no seed", Fix);
            return null;
        }
        var ranges = new List<(ulong From, ulong To)>();
        var sound = true;
        for (var i = 0; i < items.Count; i++)
        {
            var range = Range(items[i], node is SequenceNode ? $"{path}[{i}]" : path, findings);
            sound &= range is not null;
            if (range is { } r)
            {
                Append(ranges, r);
            }
        }
        return sound && AreDistinct(ranges, node, path, findings) ? new SeedSet(ranges) : null;
    }

    private static (ulong From, ulong To)? Range(Node node, string path, Findings findings)
    {
        if (node is ScalarNode { Kind: ScalarKind.String } text && text.Text.Split("..") is [var low, var high])
        {
            if (!TrySeed(low, out var from) || !TrySeed(high, out var to))
            {
                findings.Add(path, node, $"{node.Description} is not a range of whole numbers from 0 to {ulong.MaxValue}", Fix);
                return null;
            }
            if (from > to)
            {
                findings.Add(path, node, $"the range {node.Description} is empty: both of its ends belong to it", $"write {to}..{from}");
                return null;
            }
            return (from, to);
        }
        if (node is ScalarNode { Kind: ScalarKind.Number })
        {
            return Scalars.Integer(node, path, 0, ulong.MaxValue, findings) is { } seed ? ((ulong)seed, (ulong)seed) : null;
        }
        findings.Add(path, node, $"{node.Description} is neither a seed nor a range of seeds", Fix);
        return null;
    }

    // One spelling for one list of seeds: 0, 1, 2 and 0..2 are the same sweep.
    private static void Append(List<(ulong From, ulong To)> ranges, (ulong From, ulong To) next)
    {
        if (ranges is [.., var last] && last.To < ulong.MaxValue && last.To + 1 == next.From)
        {
            ranges[^1] = (last.From, next.To);
            return;
        }
        ranges.Add(next);
    }

    private static bool AreDistinct(List<(ulong From, ulong To)> ranges, Node node, string path, Findings findings)
    {
        var sorted = ranges.OrderBy(range => range.From).ToList();
        for (var i = 1; i < sorted.Count; i++)
        {
            if (sorted[i].From <= sorted[i - 1].To)
            {
                findings.Add(path, node, $"seed {sorted[i].From} is given twice", "give every seed once");
                return false;
            }
        }
        return true;
    }

    private static bool TrySeed(string text, out ulong seed) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seed);

    private static UInt128 Length((ulong From, ulong To) range) => (UInt128)range.To - range.From + 1;

    private static JsonValue Json((ulong From, ulong To) range) =>
        range.From == range.To ? JsonValue.Create(range.From) : JsonValue.Create($"{range.From}..{range.To}");
}
