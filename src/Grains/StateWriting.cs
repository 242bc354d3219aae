namespace Orchestrator.Grains;

/// <summary>Writing a grain's state.</summary>
internal static class StateWriting
{
    /// <summary>Writes the state. If that fails, memory is ahead of what is stored: the grain leaves, and the next call starts from what is stored.</summary>
    public static async Task WriteOrLeave<T>(this IPersistentState<T> stored, IGrainBase grain)
    {
        try
        {
            await stored.WriteStateAsync();
        }
        catch
        {
            grain.DeactivateOnIdle();
            throw;
        }
    }
}
