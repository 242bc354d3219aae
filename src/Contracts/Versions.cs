namespace Orchestrator.Contracts;

/// <summary>Version numbers that are part of an identity or of a handshake.</summary>
public static class Versions
{
    /// <summary>Part of every run id: raised when the same configuration and seed would no longer give the same weights.</summary>
    public const int Trainer = 1;

    /// <summary>Stored with every metric vector: raised when a definition or the layout of the vector changes.</summary>
    public const int Metrics = 2;

    /// <summary>Spoken between worker and control plane; a worker with another number is refused with the reason.</summary>
    public const int Protocol = 6;

    /// <summary>The release, as <c>orchestrator version</c> prints it.</summary>
    public static string Product { get; } = typeof(Versions).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
