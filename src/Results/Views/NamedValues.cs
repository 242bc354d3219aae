using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Results.Views;

/// <summary>Values whose names many share: a dictionary for few names that costs its values alone.</summary>
internal sealed class NamedValues : IReadOnlyDictionary<string, double>
{
    private readonly string[] _names;
    private readonly double[] _values;

    private NamedValues(string[] names, double[] values) => (_names, _values) = (names, values);

    public int Count => _names.Length;

    public IEnumerable<string> Keys => _names;

    public IEnumerable<double> Values => _values;

    public double this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException(key);

    /// <summary>The same values; with the names of the last one, where they are the same.</summary>
    public static NamedValues Of(IReadOnlyDictionary<string, double> values, ref string[] names)
    {
        if (!values.Keys.SequenceEqual(names))
        {
            names = [.. values.Keys];
        }
        return new NamedValues(names, [.. values.Values]);
    }

    public bool ContainsKey(string key) => Array.IndexOf(_names, key) >= 0;

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out double value)
    {
        var place = Array.IndexOf(_names, key);
        value = place < 0 ? 0 : _values[place];
        return place >= 0;
    }

    public IEnumerator<KeyValuePair<string, double>> GetEnumerator() => _names.Zip(_values, KeyValuePair.Create).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
