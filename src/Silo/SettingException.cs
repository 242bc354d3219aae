namespace Orchestrator.Silo;

/// <summary>A setting from the environment that cannot be; the message names it and says what can.</summary>
public sealed class SettingException(string message) : Exception(message);
