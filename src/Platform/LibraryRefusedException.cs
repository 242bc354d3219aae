namespace Orchestrator.Platform;

/// <summary>A native library cannot be loaded; the message is the reason.</summary>
public sealed class LibraryRefusedException(string message, Exception? inner = null) : Exception(message, inner);
