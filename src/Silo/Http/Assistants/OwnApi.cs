using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Orchestrator.Client;

namespace Orchestrator.Silo.Http.Assistants;

/// <summary>
/// This server's API as whoever asks may use it. An assistant's tools come in by the same door as everybody, at the address of this machine that the request
/// arrived at and with its credentials: who may do what, how much at a time, and what is answered is decided in one place. It costs a request within the machine.
/// </summary>
internal sealed class OwnApi : IDisposable
{
    private static readonly string[] Credentials = [HeaderNames.Authorization, HeaderNames.Cookie];
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false, UseCookies = false }; // nobody's cookies become another's

    public OrchestratorClient For(HttpContext context)
    {
        var address = context.Connection.LocalIpAddress ?? throw new InvalidOperationException("the request did not come over a network: listen on an address");
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var http = new HttpClient(_handler, disposeHandler: false) { BaseAddress = new UriBuilder(Uri.UriSchemeHttp, address.ToString(), context.Connection.LocalPort).Uri };
        foreach (var name in Credentials)
        {
            http.DefaultRequestHeaders.TryAddWithoutValidation(name, context.Request.Headers[name].AsEnumerable());
        }
        return new OrchestratorClient(http);
    }

    public void Dispose() => _handler.Dispose();
}
