using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Contracts.Work;

/// <summary>
/// What a worker must have to take a sweep's runs (<c>requires</c> in the sweep file); outside a run's identity. Sweeps with the same
/// requirements share a work queue, which only workers that meet them take from.
/// </summary>
[GenerateSerializer, Immutable, Alias("orchestrator.requirements")]
public sealed record Requirements
{
    private const int KeyLength = 12;

    /// <summary>Any worker.</summary>
    public static Requirements None { get; } = new();

    /// <summary>Device class, or null for any.</summary>
    [Id(0)] public string? Device { get; init; }
    /// <summary>Least memory of a slot, GB (10^9 bytes); 0 asks for none.</summary>
    [Id(1)] public double MemoryGb { get; init; }
    /// <summary>Labels that the worker must all carry; ascending, each once.</summary>
    [Id(2)] public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Whether any worker meets them.</summary>
    public bool Empty => Device is null && !Narrow;

    /// <summary>Whether more is asked for than a class of device.</summary>
    public bool Narrow => MemoryGb > 0 || Labels.Count > 0;

    /// <summary>Whether a worker meets them.</summary>
    public bool MetBy(WorkerHello worker)
    {
        ArgumentNullException.ThrowIfNull(worker);
        return (Device is null || Device == worker.Device) && worker.MemoryGb >= MemoryGb && Labels.All(worker.Labels.Contains);
    }

    /// <summary>The work queue of those who meet them, among workers of one device class: the class itself if nothing more is asked for.</summary>
    public string QueueOn(string device) => Narrow ? $"{device}.{Key()}" : device;

    /// <summary>As in <c>device cuda, memory_gb 20, labels a100 fast</c>; empty if nothing is asked for.</summary>
    public override string ToString() => string.Join(", ", Words());

    private IEnumerable<string> Words()
    {
        if (Device is not null)
        {
            yield return $"device {Device}";
        }
        if (MemoryGb > 0)
        {
            yield return $"memory_gb {MemoryGb.ToString(CultureInfo.InvariantCulture)}";
        }
        if (Labels.Count > 0)
        {
            yield return $"labels {string.Join(' ', Labels)}";
        }
    }

    private string Key() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ToString())))[..KeyLength];
}
