namespace Orchestrator.Storage.States;

/// <summary>A state whose grain is there even if what is stored cannot be read, to say why. It must not be written then.</summary>
public interface IUnreadable
{
    /// <summary>Why it cannot be read; null if it can.</summary>
    string? Unreadable { get; set; }
}
