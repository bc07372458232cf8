"""照片邮箱: photos that students return by mail, each mail ends in one state and gets one answer.

reading/          what a mail says and brings, by computing only
read_service      the job: on safe ground first, then judged, then one transaction
judge_service     for us? which file (`choosing`)? whose (`whose_service`)?       `settle_service` makes it rows
decide_service    what a person decides                                           `desk_service` what they see
answer_service    drafts; `send_service` sends each once (`smtp`)                 `imap` reads and changes nothing
"""
