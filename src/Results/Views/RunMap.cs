using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Results.Views;

/// <summary>
/// Something of some of a sweep's runs by their index, that nobody changes: a changed one shares what stayed with the one it was made from.
/// A run costs its reference, which of a million is what counts. Enumerated in the order of the index.
/// </summary>
internal sealed class RunMap<T> : IReadOnlyCollection<KeyValuePair<int, T>> where T : class
{
    private const int Size = 1024;
    private readonly T?[]?[] _chunks;

    private RunMap(T?[]?[] chunks, int count) => (_chunks, Count) = (chunks, count);

    /// <summary>Of no run.</summary>
    public static RunMap<T> Empty { get; } = new([], 0);

    /// <summary>How many runs there is something of.</summary>
    public int Count { get; }

    /// <summary>In the order of the index.</summary>
    public IEnumerable<T> Values => this.Select(run => run.Value);

    /// <summary>Of one run; null if there is nothing.</summary>
    public T? GetValueOrDefault(int index) =>
        (uint)(index / Size) < (uint)_chunks.Length && index >= 0 && _chunks[index / Size] is { } chunk ? chunk[index % Size] : null;

    /// <summary>Of a run that there is something of.</summary>
    public T this[int index] => GetValueOrDefault(index) ?? throw new KeyNotFoundException($"nothing of run {index}");

    /// <summary>Of one run, if there is something.</summary>
    public bool TryGetValue(int index, [NotNullWhen(true)] out T? value) => (value = GetValueOrDefault(index)) is not null;

    /// <summary>Whether there is something of a run.</summary>
    public bool ContainsKey(int index) => GetValueOrDefault(index) is not null;

    /// <summary>Changes of it.</summary>
    public Builder Change() => new(this);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<int, T>> GetEnumerator()
    {
        for (var c = 0; c < _chunks.Length; c++)
        {
            for (var i = 0; _chunks[c] is { } chunk && i < Size; i++)
            {
                if (chunk[i] is { } value)
                {
                    yield return new(c * Size + i, value);
                }
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>A map that is being made from another.</summary>
    public sealed class Builder
    {
        private readonly RunMap<T> _from;
        private T?[]?[] _chunks;
        private int _count;

        internal Builder(RunMap<T> from) => (_from, _chunks, _count) = (from, [.. from._chunks], from.Count);

        /// <summary>Of one run; null for nothing.</summary>
        public void Set(int index, T? value)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            var c = index / Size;
            if (c >= _chunks.Length)
            {
                if (value is null)
                {
                    return;
                }
                Array.Resize(ref _chunks, Math.Max(c + 1, 2 * _chunks.Length));
            }
            if (_chunks[c] is not { } chunk || c < _from._chunks.Length && chunk == _from._chunks[c])
            {
                _chunks[c] = chunk = [.. _chunks[c] ?? new T?[Size]];
            }
            _count += (value is null ? 0 : 1) - (chunk[index % Size] is null ? 0 : 1);
            chunk[index % Size] = value;
        }

        /// <summary>As it is now. The builder is not used after that.</summary>
        public RunMap<T> Build() => new(_chunks, _count);
    }
}
