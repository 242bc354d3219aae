using System.Globalization;
using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Reports.Text;

/// <summary>Numbers, times and names as people read them.</summary>
public static class Format
{
    /// <summary>What stands if there is nothing.</summary>
    public const string Nothing = "–";

    private const int MostDecimals = 12;

    /// <summary>A score or a loss, to three decimals.</summary>
    public static string Score(double? value) => value is { } number ? number.ToString("F3", CultureInfo.InvariantCulture) : Nothing;

    /// <summary>
    /// Half the width of an interval, and how many decimals it and its middle are given: as many as asked for, and more where two significant digits of it need them. Of no
    /// width, where all values are the same, it is 0.
    /// </summary>
    public static (string Text, int Decimals) HalfWidth(double half, int decimals)
    {
        if (!(half > 0) || !double.IsFinite(half))
        {
            return ("0", decimals);
        }
        var needed = Math.Clamp(1 - (int)Math.Floor(Math.Log10(half)), decimals, MostDecimals);
        return (Decimals(half, needed), needed);
    }

    /// <summary>A number to so many decimals.</summary>
    public static string Decimals(double value, int decimals) => value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>So many of a kind.</summary>
    public static string Several(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    /// <summary>A whole number.</summary>
    public static string Whole(double? value) => value is { } number ? number.ToString("F0", CultureInfo.InvariantCulture) : Nothing;

    /// <summary>A share in percent.</summary>
    public static string Percent(double? value) => value is { } number ? (100 * number).ToString("F0", CultureInfo.InvariantCulture) + "%" : Nothing;

    /// <summary>Shares of one whole in percent, rounded so that they add up as the shares do: those with the largest remainders are rounded up.</summary>
    public static IReadOnlyList<string> Percents(IReadOnlyList<double?> shares)
    {
        if (shares.Any(share => share is null))
        {
            return [.. shares.Select(Percent)];
        }
        double[] exact = [.. shares.Select(share => 100 * share!.Value)];
        double[] whole = [.. exact.Select(Math.Floor)];
        foreach (var up in Enumerable.Range(0, exact.Length).OrderByDescending(i => exact[i] - whole[i]).Take((int)Math.Round(exact.Sum() - whole.Sum())))
        {
            whole[up]++;
        }
        return [.. whole.Select(percent => Percent(percent / 100))];
    }

    /// <summary>A duration in its largest units.</summary>
    public static string Duration(double seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 1e9)) switch
    {
        { TotalSeconds: < 10 } t => t.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture) + " s",
        { TotalSeconds: < 100 } t => t.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture) + " s",
        { TotalHours: < 1 } t => $"{t.Minutes} min {t.Seconds} s",
        { TotalDays: < 1 } t => $"{t.Hours} h {t.Minutes} min",
        var t => $"{t.Days} d {t.Hours} h",
    };

    /// <summary>A time as ISO 8601 in UTC, to the second.</summary>
    public static string Time(DateTimeOffset? time) =>
        time is { } at ? at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) : Nothing;

    /// <summary>The first characters of an id: enough to name it again.</summary>
    public static string Id(string id) => id.Length <= 12 ? id : id[..12];

    /// <summary>An enum member as JSON spells it.</summary>
    public static string State<T>(T state) where T : struct, Enum => Json.Name(state);

    /// <summary>A JSON value without quotes.</summary>
    public static string Value(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    /// <summary>A point of the grid on one line.</summary>
    public static string Point(IReadOnlyDictionary<string, JsonElement> by) =>
        by.Count == 0 ? "all runs" : string.Join(", ", by.Select(axis => $"{axis.Key}={Value(axis.Value)}"));

    /// <summary>Counts by state, without the states that nobody is in.</summary>
    public static string Counts(RunCounts runs)
    {
        (int Count, string Name)[] states =
        [
            (runs.Completed, "completed"), (runs.Failed, "failed"), (runs.Cancelled, "cancelled"), (runs.StoppedEarly, "stopped early"),
            (runs.Training, "training"), (runs.Measuring, "measuring"), (runs.Dispatched, "dispatched"), (runs.Lost, "lost"),
            (runs.Paused, "paused"), (runs.Pending, "pending"),
        ];
        var some = states.Where(state => state.Count > 0).Select(state => $"{state.Count} {state.Name}");
        return $"{runs.Total} runs: {string.Join(", ", some)}";
    }
}
