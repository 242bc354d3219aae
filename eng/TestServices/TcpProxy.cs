using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Orchestrator.TestServices;

/// <summary>Stands before a server on 127.0.0.1 and can cut, silence or slow down everything that goes through it.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly ConcurrentDictionary<TcpClient, byte> _open = [];
    private readonly int _target;
    private readonly Task _accepting;
    private volatile TaskCompletionSource? _silence;
    private volatile bool _refuse;

    /// <summary>Listens on a free port and passes everything on.</summary>
    /// <param name="target">Port of the server.</param>
    public TcpProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = Accept();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How long every piece of data waits, each way.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Ends every connection and lets no new one through.</summary>
    public void Cut()
    {
        _refuse = true;
        foreach (var client in _open.Keys)
        {
            client.Close();
        }
    }

    /// <summary>Lets connections stand and nothing through: what a broken network looks like.</summary>
    public void Silence() => _silence ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>As if nothing had been.</summary>
    public void Mend()
    {
        _refuse = false;
        Interlocked.Exchange(ref _silence, null)?.SetResult();
    }

    /// <summary>Ends everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        Cut();
        Interlocked.Exchange(ref _silence, null)?.SetResult();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Dispose();
    }

    private async Task Accept()
    {
        while (!_ended.IsCancellationRequested)
        {
            var client = await _listener.AcceptTcpClientAsync(_ended.Token);
            if (_refuse)
            {
                client.Close();
                continue;
            }
            _ = Serve(client);
        }
    }

    private async Task Serve(TcpClient client)
    {
        using var server = new TcpClient { NoDelay = true };
        client.NoDelay = true;
        _open[client] = 0;
        _open[server] = 0;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target, _ended.Token);
            await Task.WhenAny(Pass(client.GetStream(), server.GetStream()), Pass(server.GetStream(), client.GetStream()));
        }
        catch (Exception gone) when (gone is SocketException or IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // either side went, or the proxy did: both ends learn it by their connection
        }
        finally
        {
            _open.TryRemove(client, out _);
            _open.TryRemove(server, out _);
            client.Dispose();
        }
    }

    private async Task Pass(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[1 << 16];
        while (await from.ReadAsync(buffer, _ended.Token) is var count and > 0)
        {
            if (Delay > TimeSpan.Zero)
            {
                await Task.Delay(Delay, _ended.Token);
            }
            if (_silence is { } silence)
            {
                await silence.Task;
            }
            await to.WriteAsync(buffer.AsMemory(0, count), _ended.Token);
        }
    }
}
