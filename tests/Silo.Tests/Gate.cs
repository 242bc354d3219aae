namespace Orchestrator.Silo.Tests;

/// <summary>Holds a runner's thread until the test lets it go on; the bound ends a test that never does.</summary>
internal sealed class Gate : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private readonly ManualResetEventSlim _open = new();
    private readonly SemaphoreSlim _arrived = new(0);

    public void Open() => _open.Set();

    /// <summary>On the runner's thread.</summary>
    public void Pass()
    {
        _arrived.Release();
        if (!_open.Wait(Bound))
        {
            throw new TimeoutException("the test never opened the gate");
        }
    }

    /// <summary>In the test: until so many have come to the gate.</summary>
    public async Task Arrivals(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(await _arrived.WaitAsync(Bound, TestContext.Current.CancellationToken), $"{i} of {count} came to the gate");
        }
    }

    public void Dispose()
    {
        _open.Set();
        _open.Dispose();
        _arrived.Dispose();
    }
}
