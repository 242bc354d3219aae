namespace Orchestrator.Cli.Hosting;

/// <summary>
/// Asks the process that works on a data folder as long as it is there, then whoever comes after it. Only what reads is asked twice,
/// and an answer counts once all of it has come.
/// </summary>
internal sealed class HolderOrOwn(Func<CancellationToken, Task<Connection>> next) : DelegatingHandler
{
    private readonly SemaphoreSlim _moving = new(1);
    private volatile Connection? _next;

    /// <summary>Ends what was started in the place of the other process.</summary>
    public async ValueTask DisposeNext()
    {
        if (_next is { } connection)
        {
            await connection.DisposeAsync();
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (_next is null)
        {
            try
            {
                var answer = await base.SendAsync(request, cancellationToken);
                await answer.Content.LoadIntoBufferAsync(cancellationToken);
                return answer;
            }
            catch (Exception gone) when (request.Method == HttpMethod.Get && gone is HttpRequestException or IOException)
            {
                await Move(cancellationToken);
            }
        }
        using var again = new HttpRequestMessage(request.Method, request.RequestUri!.PathAndQuery);
        return await _next!.Http.SendAsync(again, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        _moving.Dispose();
        base.Dispose(disposing);
    }

    private async Task Move(CancellationToken cancellation)
    {
        await _moving.WaitAsync(cancellation);
        try
        {
            _next ??= await next(cancellation);
        }
        finally
        {
            _moving.Release();
        }
    }
}
