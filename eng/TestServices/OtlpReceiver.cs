using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Orchestrator.TestServices;

/// <summary>A span as an exporter sent it.</summary>
/// <param name="Process">Which process sent it (service.instance.id).</param>
/// <param name="TraceId">Hexadecimal.</param>
/// <param name="SpanId">Hexadecimal.</param>
/// <param name="ParentId">Hexadecimal; empty for a root.</param>
/// <param name="Name">Its name.</param>
/// <param name="Links">Traces that it links to.</param>
/// <param name="Tags">Attributes that are text.</param>
public sealed record SentSpan(string Process, string TraceId, string SpanId, string ParentId, string Name, IReadOnlyList<string> Links, IReadOnlyDictionary<string, string> Tags);

/// <summary>A server on 127.0.0.1 that takes OTLP over HTTP in protobuf, and keeps the spans.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpReceiver(WebApplication app) => _app = app;

    /// <summary>What came so far.</summary>
    public ConcurrentQueue<SentSpan> Spans { get; } = [];

    /// <summary>The environment that makes a process send everything here, soon.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "250",
    };

    /// <summary>A server of one's own, to be disposed.</summary>
    public static async Task<OtlpReceiver> StartNew()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        var receiver = new OtlpReceiver(builder.Build());
        receiver._app.Run(receiver.Take);
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>Stops it.</summary>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Take(HttpContext http)
    {
        using var content = new MemoryStream();
        await http.Request.Body.CopyToAsync(content, http.RequestAborted);
        if (http.Request.Path == "/v1/traces")
        {
            foreach (var span in Read(content.ToArray()))
            {
                Spans.Enqueue(span);
            }
        }
        http.Response.ContentType = "application/x-protobuf"; // an empty answer is one that took everything
    }

    // opentelemetry-proto, collector/trace/v1 and trace/v1: the numbers are those of the fields.
    private static IEnumerable<SentSpan> Read(byte[] request) =>
        from resource in ProtobufField.Read(request).Where(f => f.Number == 1)
        let process = resource.Fields.Where(f => f.Number == 1).SelectMany(r => Tags(r, 1)).FirstOrDefault(tag => tag.Key == "service.instance.id").Value ?? ""
        from scope in resource.Fields.Where(f => f.Number == 2)
        from span in scope.Fields.Where(f => f.Number == 2)
        select new SentSpan(
            process, span.Hex(1), span.Hex(2), span.Hex(4), span.Text(5),
            [.. span.Fields.Where(f => f.Number == 13).Select(link => link.Hex(1))], Tags(span, 9).DistinctBy(tag => tag.Key).ToDictionary());

    private static IEnumerable<KeyValuePair<string, string>> Tags(ProtobufField of, int number) =>
        of.Fields.Where(f => f.Number == number).Select(tag => KeyValuePair.Create(tag.Text(1), tag.Fields.FirstOrDefault(f => f.Number == 2)?.Text(1) ?? ""));
}
