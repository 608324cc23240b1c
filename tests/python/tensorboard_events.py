"""What TensorBoard's own reader finds in event files."""

from google.protobuf import json_format
from tensorboard.backend.event_processing import (
    data_provider,
    event_accumulator,
    plugin_event_multiplexer,
)
from tensorboard.context import RequestContext
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import (
    api_pb2,
    backend_context,
    list_session_groups,
    metadata,
    plugin_data_pb2,
)


def read(folder):
    """Return the curves, hyperparameters, columns and texts of one run."""
    guidance = {"scalars": 0, "tensors": 0}
    events = event_accumulator.EventAccumulator(str(folder), size_guidance=guidance)
    events.Reload()
    found = {"scalars": {}}
    for tag in events.Tags()["scalars"]:
        found["scalars"][tag] = [[scalar.step, scalar.value] for scalar in events.Scalars(tag)]
    found["texts"] = [
        (tensor.step, tensor.tensor_proto.string_val[0].decode())
        for tensor in events.Tensors("experiment/text_summary")
    ]
    contents = {
        tag: plugin_data_pb2.HParamsPluginData.FromString(content)
        for tag, content in events.PluginTagToContent(metadata.PLUGIN_NAME).items()
    }
    start = contents[metadata.SESSION_START_INFO_TAG].session_start_info
    found["hparams"] = {
        name: json_format.MessageToDict(value) for name, value in start.hparams.items()
    }
    columns = contents[metadata.EXPERIMENT_TAG].experiment
    found["columns"] = {
        info.name: api_pb2.DataType.Name(info.type) for info in columns.hparam_infos
    }
    found["metrics"] = [info.name.tag for info in columns.metric_infos]
    if metadata.SESSION_END_INFO_TAG in contents:
        end = contents[metadata.SESSION_END_INFO_TAG].session_end_info
        found["end"] = api_pb2.Status.Name(end.status)
    return found


def groups(folder):
    """Return the rows of TensorBoard's table of hyperparameters, as its server makes them."""
    runs = plugin_event_multiplexer.EventMultiplexer()
    runs.AddRunsFromDirectory(str(folder))
    runs.Reload()
    provider = data_provider.MultiplexerDataProvider(runs, str(folder))
    context = backend_context.Context(
        base_plugin.TBContext(logdir=str(folder), multiplexer=runs, data_provider=provider)
    )
    tags = ("train/loss", "test/loss", "test/decode_error_m", "test/decode_error_rad")
    request = api_pb2.ListSessionGroupsRequest(
        slice_size=100,
        allowed_statuses=list(api_pb2.Status.values()),
        col_params=[api_pb2.ColParams(metric=api_pb2.MetricName(tag=tag)) for tag in tags],
    )
    handler = list_session_groups.Handler(RequestContext(), context, "", request)
    return [json_format.MessageToDict(group) for group in handler.run().session_groups]
